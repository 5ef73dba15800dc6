package stack

// tellCGO says that the program links to code in C, which a build without a
// compiler leaves out until it fails as it runs. The folder's own Dockerfile knows
// for itself.
func (s *survey) tellCGO() {
	if s.docker.file != "" {
		return
	}
	if d := s.dependency(s.language.CGO.Libraries); d != nil {
		s.stack.CGO = true
		s.cite("cgo", d.file, s.lineOfName(d.file, d.Name), "links to C: library "+d.Name)
		return
	}
	if s.language.CGO.Contains.Regexp == nil {
		return
	}
	if file := s.anyCode(s.language.CGO.Contains); file != "" {
		data := s.code(file)
		at := s.language.CGO.Contains.FindSubmatchIndex(data)
		s.stack.CGO = true
		s.cite("cgo", file, lineOf(data, at[2]), "links to C: import "+string(data[at[2]:at[3]]))
	}
}
