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

func TestBranchesThatComeAndGo(t *testing.T) {
	f := newFixture(t)
	main := f.commit("main", "first", map[string]string{"a": "main"})
	f.commit("dev", "first", map[string]string{"a": "dev"})
	url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
	held := fetch(t, s, url, "dev")

	f.must(f.DeleteBranch(t.Context(), "app", "dev"))
	_, err := s.Fetch(t.Context(), Repository{URL: url}, reference(t, "dev"))
	wantKind(t, err, KindNotFound)
	wantFile(t, held, "a", "dev")

	f.must(f.Move(t.Context(), "app", "dev", main))
	if got := fetch(t, s, url, "dev"); got.Revision != "dev@sha1:"+main {
		t.Errorf("got %s", got.Revision)
	}
	if got := fetch(t, s, url, ""); got.Revision != "main@sha1:"+main {
		t.Errorf("default branch: got %s", got.Revision)
	}
	f.commit("next", "n", map[string]string{"a": "next"})
	f.must(f.SetDefaultBranch(t.Context(), "app", "next"))
	wantFile(t, fetch(t, s, url, "HEAD"), "a", "next")
	f.must(f.SetDefaultBranch(t.Context(), "app", "gone"))
	_, err = s.Fetch(t.Context(), Repository{URL: url}, Reference{})
	wantKind(t, err, KindNotFound)

	revision, err := s.Resolve(t.Context(), Repository{URL: url}, reference(t, "main"))
	if err != nil || revision != "main@sha1:"+main {
		t.Errorf("Resolve: %s, %v", revision, err)
	}
}

func TestTagsAndVersions(t *testing.T) {
	f := newFixture(t)
	url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
	for _, v := range []string{"v1.0.0", "v1.1.0", "v2.0.0"} {
		c := f.commit("main", v, map[string]string{"version": v})
		f.must(f.Tag(t.Context(), "app", v, c, "release "+v)) // annotated
	}
	wantFile(t, fetch(t, s, url, "semver:^1"), "version", "v1.1.0")
	wantFile(t, fetch(t, s, url, "tag:v1.0.0"), "version", "v1.0.0")
	wantFile(t, fetch(t, s, url, "semver:*"), "version", "v2.0.0")
	c := f.commit("main", "fix", map[string]string{"version": "v1.1.1"})
	f.must(f.Tag(t.Context(), "app", "v1.1.1", c, "")) // lightweight
	got := fetch(t, s, url, "semver:^1")
	wantFile(t, got, "version", "v1.1.1")
	if got.Revision != "v1.1.1@sha1:"+c || got.Reference != "semver:^1" {
		t.Errorf("got %s of %s", got.Revision, got.Reference)
	}
	f.must(f.Tag(t.Context(), "app", "v1.1.1", f.commit("main", "moved", map[string]string{"version": "moved"}), ""))
	wantFile(t, fetch(t, s, url, "semver:^1"), "version", "moved")
}

// A commit that no branch points at is handed out exactly by servers that allow
// it, and as part of the history by the others.
func TestCommitsInTheHistory(t *testing.T) {
	for _, exact := range []string{"true", "false"} {
		t.Run("exact="+exact, func(t *testing.T) {
			f := newFixture(t)
			f.must(f.Config(t.Context(), "app", "uploadpack.allowReachableSHA1InWant", exact))
			var commits []string
			for i := range 5 {
				commits = append(commits, f.commit("main", fmt.Sprint(i), map[string]string{"a": fmt.Sprint(i)}))
			}
			url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
			fetch(t, s, url, "main")
			got := fetch(t, s, url, commits[1])
			wantFile(t, got, "a", "1")
			if got.Revision != "sha1:"+commits[1] {
				t.Errorf("got %s", got.Revision)
			}
			opened, err := s.Open(t.Context(), Repository{URL: url}, "main@sha1:"+commits[2])
			f.must(err)
			wantFile(t, opened, "a", "2")
			f.commit("main", "more", map[string]string{"a": "5"})
			wantFile(t, fetch(t, s, url, "main"), "a", "5")
			_, err = s.Open(t.Context(), Repository{URL: url}, "main@sha1:"+hashOf(7))
			wantKind(t, err, KindNotFound)
			_, err = s.Open(t.Context(), Repository{URL: url}, "main")
			wantKind(t, err, KindInvalid)
		})
	}
}
