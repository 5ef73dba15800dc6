package source

import (
	"crypto/sha256"
	"encoding/hex"
)

// Repository is a Git repository as one tenant sees it.
type Repository struct {
	URL         string
	Credentials Credentials
}

// identity tells mirrors apart: nobody reads what was fetched with somebody
// else's credentials.
func (r Repository) identity() string {
	sum := sha256.Sum256([]byte(r.URL + "\x00" + r.Credentials.fingerprint()))
	return hex.EncodeToString(sum[:16])
}
