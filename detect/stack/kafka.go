package stack

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tellKafka adds role, topics and groups, where code near the entries or
// anywhere in the folder names them.
func (s *survey) tellKafka(k *guide.Service) {
	var produces, consumes string
	topics, groups := map[string]bool{}, map[string]bool{}
	for _, file := range s.wide() {
		data := s.code(file)
		if s.Code.Kafka.Producer.Match(data) {
			produces = file
		}
		if s.Code.Kafka.Consumer.Match(data) {
			consumes = file
		}
		if produces != file && consumes != file {
			continue
		}
		s.collect(topics, s.Code.Kafka.Topics, file, "topic")
		s.collect(groups, s.Code.Kafka.Groups, file, "group")
	}
	switch {
	case produces != "" && consumes != "":
		k.Role = "both"
	case produces != "":
		k.Role = "producer"
	case consumes != "":
		k.Role = "consumer"
	}
	k.Topics, k.Groups = sorted(topics), sorted(groups)
}

// collect notes the values that expressions find in a file.
func (s *survey) collect(into map[string]bool, expressions []expression, file, what string) {
	data := s.code(file)
	for _, e := range expressions {
		for _, at := range e.FindAllSubmatchIndex(data, 16) {
			value := string(data[at[2]:at[3]])
			if len(value) < 2 || into[value] || len(into) > 32 {
				continue
			}
			into[value] = true
			s.cite("services", file, lineOf(data, at[2]), "kafka "+what+" "+value)
		}
	}
}

func sorted(set map[string]bool) []string {
	if len(set) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(sortedKeys(set)))
}
