package plan

import "slices"

// Apply is the cluster as it is once the plan is carried out: its replicas in
// place and in sync, its preferred leaders elected. The cluster given is not
// changed.
func (p Plan) Apply(c Cluster) Cluster {
	to := map[ID][]int32{}
	for _, b := range p.Batches {
		for _, m := range b.Moves {
			to[m.ID] = m.To
		}
	}
	elected := map[ID]bool{}
	for _, id := range p.Elections {
		elected[id] = true
	}
	after := Cluster{Brokers: slices.Clone(c.Brokers), Partitions: slices.Clone(c.Partitions)}
	for i := range after.Partitions {
		part := &after.Partitions[i]
		id := ID{part.Topic, part.Number}
		if replicas, moved := to[id]; moved {
			part.Replicas, part.InSync = slices.Clone(replicas), nil
			if !slices.Contains(replicas, part.Leader) {
				part.Leader = replicas[0]
			}
		}
		if elected[id] {
			part.Leader = part.Replicas[0]
		}
	}
	return after
}
