package stack

import (
	"path"
	"slices"
	"strings"
)

// dockerfileOf is the Dockerfile that makes the folder's image: the one of that
// name, the one in a folder for it, the one for production, the one that is
// named after the folder, the only one called *.dockerfile, the one whose
// name the others continue. Several of which none is any of these are told.
func (s *source) dockerfileOf() string {
	file := s.first("Dockerfile", "Containerfile", "docker/Dockerfile", "build/Dockerfile", "deploy/Dockerfile", ".docker/Dockerfile",
		"build/package/Dockerfile", "docker/prod/Dockerfile", "docker/production/Dockerfile")
	if file != "" {
		return file
	}
	var variants []string
	for _, file := range s.files {
		if dir := path.Dir(file); dir != "." && dir != "docker" {
			continue
		}
		switch variant := dockerVariant(path.Base(file)); variant {
		case "":
		case "prod", "production", "release", "default", strings.ToLower(path.Base(s.folder.Dir())):
			return file
		default:
			// Dockerfile.cypress is for something else than the program.
			if !isForDevelopers(variant) && !strings.HasPrefix(strings.ToLower(path.Base(file)), "dockerfile") {
				variants = append(variants, file)
			}
		}
	}
	if shortest := slices.MinFunc(append(variants, strings.Repeat("~", 256)), func(a, b string) int { return len(a) - len(b) }); len(variants) > 1 && !slices.ContainsFunc(variants, func(other string) bool {
		return !strings.HasPrefix(dockerVariant(path.Base(other)), dockerVariant(path.Base(shortest)))
	}) {
		return shortest
	}
	if len(variants) > 1 {
		s.notice(variants[0], "is one of several Dockerfiles ("+strings.Join(variants[:min(len(variants), 4)], ", ")+"); name the one to be built Dockerfile")
		return ""
	}
	return strings.Join(variants, "")
}

// dockerVariant is the part of a Dockerfile's name that tells it from others:
// Dockerfile.prod, prod.dockerfile, prod.Dockerfile, Dockerfile-prod.
func dockerVariant(base string) string {
	name := strings.ToLower(base)
	for _, mark := range []string{"dockerfile.", "dockerfile-", "dockerfile_"} {
		if variant, ok := strings.CutPrefix(name, mark); ok && variant != "dockerignore" {
			return variant
		}
	}
	variant, _ := strings.CutSuffix(name, ".dockerfile")
	if variant == name {
		return ""
	}
	return variant
}

// isForDevelopers says that an image of that variant is none to be deployed.
func isForDevelopers(variant string) bool {
	return slices.ContainsFunc([]string{"dev", "test", "debug", "local", "ci", "lint", "e2e", "bench", "windows", "playwright", "cypress", "base", "builder"}, func(mark string) bool {
		return strings.HasPrefix(variant, mark) || strings.HasSuffix(variant, "."+mark) || strings.HasSuffix(variant, "-"+mark)
	})
}
