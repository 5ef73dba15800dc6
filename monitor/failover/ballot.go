package failover

import "time"

// Ballot is what a place says of who is primary.
type Ballot struct {
	Sites []string `json:"sites"`
	Epoch int64    `json:"epoch"`
	// Holder is the primary; empty once it has stopped so that another can begin.
	Holder string `json:"holder,omitempty"`
	// Renewed is by the holder's clock. Others only see that it changes; at its own
	// place it is when another one has last taken its ballot.
	Renewed time.Time `json:"renewed,omitzero"`
	// Wanted is the site that is to be primary next; the holder stops for it.
	Wanted string `json:"wanted,omitempty"`
	// Forced: a person has decided it without asking the other places.
	Forced bool `json:"forced,omitempty"`
	// Granted: the witness has agreed. Before, its holder runs nothing.
	Granted bool `json:"granted,omitempty"`
	// Revision that the holder runs and has found healthy.
	Revision string `json:"revision,omitempty"`
}

// Look is what was found at a place.
type Look struct {
	// Known: the place has answered. Its Ballot is then what it holds, the zero
	// Ballot where it holds none.
	Known bool
	Ballot
}

// Place is where a ballot is kept.
type Place string

// The places, as a site calls them.
const (
	Own     Place = "own"
	Peer    Place = "peer"
	Witness Place = "witness"
)

// newer tells whether a goes before b.
func newer(a, b Ballot) bool { return a.Epoch > b.Epoch }

// same tells whether a place was left as it was, but for time.
func (b Ballot) same(o Ballot) bool {
	return b.Epoch == o.Epoch && b.Holder == o.Holder && b.Wanted == o.Wanted && b.Forced == o.Forced && b.Granted == o.Granted && b.Revision == o.Revision
}
