package brokers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	seeds := []string{"b:1"}
	secret := map[string][]byte{"username": []byte("ann"), "password": []byte("s3cret"), "bootstrap": []byte("x:1,y:2\n")}
	tests := []struct {
		name   string
		access Access
		secret map[string][]byte
		env    string
		want   admin.Credentials
		err    string
	}{
		{name: "nobody", access: Access{Bootstrap: seeds}},
		{name: "no brokers", err: "--bootstrap"},
		{name: "a Secret", secret: secret, want: admin.Credentials{Mechanism: "SCRAM-SHA-512", Username: "ann", Password: "s3cret"}},
		{name: "flags go before", access: Access{Bootstrap: seeds, User: "bob", Mechanism: "PLAIN", PasswordFile: write("p", "pass\n")}, secret: secret,
			want: admin.Credentials{Mechanism: "PLAIN", Username: "bob", Password: "pass"}},
		{name: "the environment", access: Access{Bootstrap: seeds, User: "bob"}, env: "fromenv", want: admin.Credentials{Mechanism: "SCRAM-SHA-512", Username: "bob", Password: "fromenv"}},
		{name: "no password", access: Access{Bootstrap: seeds, User: "bob"}, err: `user "bob" has no password`},
		{name: "no such file", access: Access{Bootstrap: seeds, User: "bob", PasswordFile: filepath.Join(dir, "none")}, err: "none: no such file"},
		{name: "no certificate", access: Access{Bootstrap: seeds, CAFile: write("ca", "text")}, err: "holds no certificate"},
		{name: "half a pair", access: Access{Bootstrap: seeds, CertFile: write("c", "text")}, err: "tls.key of the Secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := test.access.Config(test.secret, func(string) string { return test.env })
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || c.Credentials != test.want || c.TLS != nil || len(c.Seeds) == 0 {
				t.Errorf("%v %+v", err, c)
			}
		})
	}
	c, err := Access{Bootstrap: seeds, TLS: true}.Config(nil, os.Getenv)
	if err != nil || c.TLS == nil {
		t.Errorf("%v %+v", err, c)
	}
}
