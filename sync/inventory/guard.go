package inventory

import "fmt"

// smallest record that Guard watches over for shrinking; a smaller one is only
// guarded against vanishing altogether.
const guardedSize = 4

// HeldError tells that a set lacks so many of the objects its application owns
// that nothing is pruned until a person approves of it.
type HeldError struct {
	Owner Owner
	// Lost are the owned objects that the set lacks.
	Lost []Ref
	// Owned is how many the application owns.
	Owned int
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("application %s: pruning is held: %d of its %d objects are no longer in the repository, among them %s; "+
		"approve with the annotation spotguide.dev/prune-approved", e.Owner, len(e.Lost), e.Owned, e.Lost[0])
}

// Guard holds a prune that would take all of an application's objects, or more
// than half of at least four. Objects that opted out of pruning do not count.
// It returns nil when pruning may go ahead.
func Guard(owner Owner, record Record, desired []Ref) *HeldError {
	wanted := make(map[Ref]bool, len(desired))
	for _, ref := range desired {
		wanted[ref.ID()] = true
	}
	held := &HeldError{Owner: owner}
	count := func(ref Ref) {
		held.Owned++
		if !wanted[ref.ID()] {
			held.Lost = append(held.Lost, ref)
		}
	}
	for _, entry := range record.Committed {
		if !entry.Keep {
			count(entry.Ref)
		}
	}
	for _, ref := range record.Pending {
		count(ref)
	}
	lost := len(held.Lost)
	vanished := lost > 0 && lost == held.Owned
	shrunk := held.Owned >= guardedSize && 2*lost > held.Owned
	if vanished || shrunk {
		return held
	}
	return nil
}
