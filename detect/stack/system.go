package stack

import "github.com/spotguide/spotguide/spotguides/guide"

// system is a row of systems.yaml.
type system struct {
	Name     string     `yaml:"name"`
	File     string     `yaml:"file"`
	Contains expression `yaml:"contains"`
	Kind     string     `yaml:"kind"`
	Port     int32      `yaml:"port"`
	Language expression `yaml:"language"`
	Notice   string     `yaml:"notice"`
}

// systemOf is the first system that a file of the folder tells, and the file.
func (t *tables) systemOf(src *source) (*system, string) {
	for i, row := range t.Systems {
		for _, file := range src.glob(row.File) {
			if row.Contains.Regexp == nil || row.Contains.Match(src.code(file)) {
				return &t.Systems[i], file
			}
		}
	}
	return nil, ""
}

// runOn makes the system what runs the program, whatever its language.
func (s *survey) runOn(row *system, file string) {
	s.framework = &framework{Name: row.Name, Kind: row.Kind, Port: row.Port, File: row.File}
	s.reason = guide.Evidence{Fact: "guide", File: s.path(file), Text: row.Name}
	if s.marker == "" {
		s.marker = file
	}
	data := s.code(file)
	if found := row.Language.FindSubmatch(data); found != nil && s.bare {
		if name := s.Words[string(found[1])]; name != "" {
			s.language = &language{Language: name}
			for _, l := range s.Languages {
				if l.Language == name {
					s.language = l
				}
			}
		}
	}
	s.notice(file, row.Notice)
}
