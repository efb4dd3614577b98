package login

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// ring is a keyring in memory.
type ring struct {
	kept   map[string]string
	broken error
}

func (r *ring) Set(service, user, secret string) error {
	if r.broken == nil {
		r.kept[service+user] = secret
	}
	return r.broken
}

func (r *ring) Get(service, user string) (string, error) {
	s, ok := r.kept[service+user]
	if !ok {
		return "", errors.New("not found")
	}
	return s, r.broken
}

func (r *ring) Delete(service, user string) error {
	if r.broken == nil {
		delete(r.kept, service+user)
	}
	return r.broken
}

var some = Tokens{For: For{"https://api.example.com", "https://id.example.com", "cli"}, Access: "SECRET", Refresh: "SECRET2", Subject: "0001", Name: "ana", SignedIn: time.Unix(0, 0).UTC()}

func TestStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tokens")
	for name, s := range map[string]Store{"keyring": {&ring{kept: map[string]string{}}, dir}, "file": {nil, dir}, "broken keyring": {&ring{broken: errors.New("locked")}, dir}} {
		file, err := s.Save(t.Context(), some)
		if err != nil || (file == "") != (name == "keyring") {
			t.Errorf("%s: saved in %q, %v", name, file, err)
		}
		if got, err := s.Load(t.Context(), some.For); err != nil || got != some {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		for _, f := range []For{{"https://evil.example", some.Issuer, some.ClientID}, {some.Endpoint, "https://evil.example", some.ClientID}, {some.Endpoint, some.Issuer, "x"}} {
			if got, err := s.Load(t.Context(), f); !errors.Is(err, ErrNone) {
				t.Errorf("%s: %v has the tokens: %v, %v", name, f, got, err)
			}
		}
		if err := s.Delete(t.Context(), some.For); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Load(t.Context(), some.For); !errors.Is(err, ErrNone) {
			t.Errorf("%s: after Delete: %v", name, err)
		}
	}
}

// What is in the keyring would be found before a newer file.
func TestOneOfKeyringAndFileHasTheTokens(t *testing.T) {
	r := &ring{kept: map[string]string{}}
	s := Store{r, t.TempDir()}
	if _, err := s.Save(t.Context(), some); err != nil {
		t.Fatal(err)
	}
	tooLarge := some
	tooLarge.Access = "NEWER"
	s.Keyring = refusing{r}
	if file, err := s.Save(t.Context(), tooLarge); err != nil || file == "" || len(r.kept) != 0 {
		t.Errorf("saved in %q with %d in the keyring, %v", file, len(r.kept), err)
	}
	s.Keyring = r
	if _, err := s.Save(t.Context(), some); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.File(some.For)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
}

// refusing does not set: Windows takes 2,560 bytes.
type refusing struct{ *ring }

func (refusing) Set(_, _, _ string) error { return errors.New("data passed to Set was too big") }

func TestFilesThatOthersCanReachAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode")
	}
	s := Store{nil, filepath.Join(t.TempDir(), "tokens")}
	path := s.File(some.For)
	load := func(want string) {
		t.Helper()
		if got, err := s.Load(t.Context(), some.For); err == nil || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v, %v; want %q", got, err, want)
		}
	}
	save := func() {
		t.Helper()
		if _, err := s.Save(t.Context(), some); err != nil {
			t.Fatal(err)
		}
	}
	save()
	for _, mode := range []os.FileMode{0o604, 0o640, 0o620, 0o602} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		load("mode")
	}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := errors.Join(os.Rename(path, elsewhere), os.Chmod(elsewhere, 0o600), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	load("symbolic link")
	save() // replaces the link
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	load("no file")
	if os.Getuid() == 0 {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		save()
		if err := os.Chown(path, 1, 1); err != nil {
			t.Fatal(err)
		}
		load("another user")
	}
	if err := os.Chmod(s.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), some); err == nil {
		t.Error("a folder in which others may write is used")
	}
}

func TestLockIsOfOneAtATime(t *testing.T) {
	s := Store{nil, t.TempDir()}
	unlock, err := s.Lock(t.Context(), some.For)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(s.Dir, some.key()+".lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if ok, err := tryLock(file); ok || err != nil {
		t.Errorf("a second lock: %t, %v", ok, err)
	}
	unlock()
	if ok, err := tryLock(file); !ok || err != nil {
		t.Errorf("after it was released: %t, %v", ok, err)
	}
}

// Tokens say what they are for: a file that was renamed gives them to no other endpoint.
func TestTokensAreOfTheirNameOnly(t *testing.T) {
	s, other := Store{nil, t.TempDir()}, For{"https://evil.example", some.Issuer, some.ClientID}
	if _, err := s.Save(t.Context(), some); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.File(some.For), s.File(other)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load(t.Context(), other); !errors.Is(err, ErrNone) {
		t.Errorf("%v, %v", got, err)
	}
}
