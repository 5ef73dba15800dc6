package topology

import (
	"fmt"
	"io"
	"strings"
)

// Dot writes the graph for Graphviz: principals, topics and groups, and who
// gives what to whom.
func (g Graph) Dot(w io.Writer) error {
	var out strings.Builder
	out.WriteString("digraph kafka {\n  rankdir=LR;\n")
	for _, t := range g.Topics {
		fmt.Fprintf(&out, "  %s [shape=box, label=%s];\n", quote("topic "+t.Name), quote(fmt.Sprintf("%s\n%d partitions", t.Name, t.Partitions)))
		for _, who := range t.Writers {
			fmt.Fprintf(&out, "  %s [label=%s];\n", quote("principal "+who), quote(who))
			fmt.Fprintf(&out, "  %s -> %s;\n", quote("principal "+who), quote("topic "+t.Name))
		}
		if len(t.Writers) == 0 && t.Producers > 0 {
			fmt.Fprintf(&out, "  %s [style=dashed, label=%s];\n", quote("producers "+t.Name), quote(t.writtenBy()))
			fmt.Fprintf(&out, "  %s -> %s;\n", quote("producers "+t.Name), quote("topic "+t.Name))
		}
		for _, group := range g.readers(t.Name) {
			fmt.Fprintf(&out, "  %s -> %s [label=%s];\n", quote("topic "+t.Name), quote("group "+group.Name), quote(fmt.Sprintf("%d behind", group.Lag[t.Name])))
		}
	}
	for _, group := range g.Groups {
		label := fmt.Sprintf("%s\n%s", group.Name, group.State)
		if members := group.members(); members != "" {
			label += "\n" + members
		}
		fmt.Fprintf(&out, "  %s [shape=component, label=%s];\n", quote("group "+group.Name), quote(label))
	}
	out.WriteString("}\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// quote makes a string of Graphviz's language: a client chooses its own names.
func quote(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `"`, `\"`)
	return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"`
}
