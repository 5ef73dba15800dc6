package source

import (
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// request asks for one commit without its history, on top of what have holds.
// Where the server hands out a commit only as part of a branch's history, all
// branches are asked for, whole.
func (s *Store) request(adv advertisement, t target, have state) *packp.UploadPackRequest {
	req := packp.NewUploadPackRequest()
	set := func(c capability.Capability) { _ = req.Capabilities.Set(c) }
	set(capability.OFSDelta)
	set(capability.NoProgress)
	_ = req.Capabilities.Set(capability.Agent, userAgent)
	if adv.can(capability.Sideband64k) {
		set(capability.Sideband64k)
	}
	// Some servers insist on it. Since "done" goes out with the haves, their
	// acknowledgements all come in one piece whatever the form.
	if adv.can(capability.MultiACKDetailed) {
		set(capability.MultiACKDetailed)
	}
	if adv.can(capability.Filter) {
		set(capability.Filter)
		req.Filter = packp.FilterBlobLimit(uint64(s.limits.FileBytes)+1, packp.BlobLimitPrefixNone)
	}
	exact := adv.can(capability.AllowReachableSHA1InWant) || adv.can(capability.AllowTipSHA1InWant)
	if !exact && !adv.advertised(t.object) {
		for _, name := range adv.names("refs/heads/") {
			branch, _ := adv.at(name)
			req.Wants = append(req.Wants, plumbing.NewHash(branch.object))
		}
		return req
	}
	req.Wants = []plumbing.Hash{plumbing.NewHash(t.object)}
	if adv.can(capability.ThinPack) {
		set(capability.ThinPack)
	}
	if adv.can(capability.Shallow) {
		set(capability.Shallow)
		req.Depth = packp.DepthCommits(1)
	} else if len(have.shallow) > 0 {
		return req
	}
	for _, c := range have.commits[max(0, len(have.commits)-maxHaves):] {
		req.Haves = append(req.Haves, c)
		if have.shallow[c] {
			req.Shallows = append(req.Shallows, c)
		}
	}
	return req
}

// maxHaves bounds the commits that a request names as present; the last ones
// used are the closest.
const maxHaves = 16
