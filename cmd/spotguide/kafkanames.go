package main

import (
	"fmt"
	"strings"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// names are those of partitions, TOPIC-NUMBER.
func names(ids []plan.ID) []string {
	all := []string{}
	for _, id := range ids {
		all = append(all, fmt.Sprintf("%s-%d", id.Topic, id.Partition))
	}
	return all
}

// shortList names the first of many.
func shortList(all []string) string {
	const most = 8
	if len(all) > most {
		return strings.Join(all[:most], ", ") + ", ..."
	}
	return strings.Join(all, ", ")
}

// voters names the controllers, with the lag of those that are behind.
func voters(all []admin.Voter) string {
	var texts []string
	for _, v := range all {
		text := fmt.Sprint(v.ID)
		if v.Lag > 0 {
			text += fmt.Sprintf(" (%d records behind)", v.Lag)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
