package source

import (
	"fmt"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

func TestFetchOverEachTransport(t *testing.T) {
	f := newFixture(t)
	plain := f.http(gitserver.HTTP{})
	overSSH, key, _ := f.ssh("")
	locked, lockedKey, _ := f.ssh("open sesame")
	for name, repo := range map[string]Repository{
		"http":           {URL: plain},
		"basic":          {URL: f.http(gitserver.HTTP{Username: "ada", Password: "s3cret"}), Credentials: Credentials{Username: "ada", Password: "s3cret"}},
		"bearer":         {URL: f.http(gitserver.HTTP{Bearer: "t0ken"}), Credentials: Credentials{Bearer: "t0ken"}},
		"ssh":            {URL: overSSH, Credentials: key},
		"ssh passphrase": {URL: locked, Credentials: lockedKey},
		"file":           {URL: "file://" + f.Path("app")},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, Limits{})
			branch := fmt.Sprintf("b-%x", name)
			files := map[string]string{}
			for i := range 30 {
				files[fmt.Sprintf("app%d/deploy.yaml", i)] = fmt.Sprintf("kind: Deployment\nname: app%d\n", i)
			}
			first := f.commit(branch, "first", files)
			got, err := s.Fetch(t.Context(), repo, reference(t, branch))
			if err != nil {
				t.Fatal(err)
			}
			if want := branch + "@sha1:" + first; got.Revision != want {
				t.Errorf("got revision %s; want %s", got.Revision, want)
			}
			wantFile(t, got, "app3/deploy.yaml", files["app3/deploy.yaml"])

			f.commit(branch, "second", map[string]string{"app3/deploy.yaml": "changed"})
			second, err := s.Fetch(t.Context(), repo, reference(t, branch))
			if err != nil {
				t.Fatal(err)
			}
			wantFile(t, second, "app3/deploy.yaml", "changed")
			wantFile(t, second, "app4/deploy.yaml", files["app4/deploy.yaml"])
			wantFile(t, got, "app3/deploy.yaml", files["app3/deploy.yaml"])
			if n := len(second.fs.tree.objects.packs[0].index); n != 4 {
				t.Errorf("the second fetch brought %d objects; want 4: commit, two folders, a file", n)
			}
			if _, err := f.ForceCommit(t.Context(), "app", branch, "forced", map[string]string{"app4/deploy.yaml": files["app4/deploy.yaml"]}); err != nil {
				t.Fatal(err)
			}
			third, err := s.Fetch(t.Context(), repo, reference(t, branch))
			if err != nil {
				t.Fatal(err)
			}
			wantFile(t, third, "app4/deploy.yaml", files["app4/deploy.yaml"])
			if n := len(third.fs.tree.objects.packs[0].index); n > 3 {
				t.Errorf("the fetch after the force push brought %d objects; want 3 at most", n)
			}
		})
	}
}
