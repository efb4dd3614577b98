package login

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"curfew/scripts/curfew/atomicfile"
)

// Keyring is the system's, as go-keyring has it.
type Keyring interface {
	Set(service, user, secret string) error
	Get(service, user string) (string, error)
	Delete(service, user string) error
}

// Store keeps tokens in the keyring, else in files of Dir.
type Store struct {
	Keyring Keyring // nil: none
	Dir     string
}

// ErrNone: there are no tokens.
var ErrNone = errors.New("not logged in")

const (
	service = "curfew"
	// keyringWithin bounds a call of a keyring, which may ask the person to unlock it.
	keyringWithin = time.Minute
	mostFile      = 256 << 10
)

func (f For) key() string {
	sum := sha256.Sum256([]byte(f.Endpoint + "\x00" + f.Issuer + "\x00" + f.ClientID))
	return hex.EncodeToString(sum[:16])
}

// File is where the tokens are if no keyring takes them.
func (s Store) File(f For) string { return filepath.Join(s.Dir, f.key()+".json") }

// Load returns the tokens. ErrNone: there are none. Another error: they are in a file that others may read or have written.
func (s Store) Load(ctx context.Context, f For) (Tokens, error) {
	text, err := s.ring(ctx, func(k Keyring) (string, error) { return k.Get(service, f.key()) })
	b := []byte(text)
	if err != nil {
		if b, err = s.read(f); err != nil {
			return Tokens{}, err
		}
	}
	var t Tokens
	if err := json.Unmarshal(b, &t); err != nil || t.Access == "" || t.For != f { // an error of JSON may quote it
		return Tokens{}, fmt.Errorf("%w: the tokens that were kept cannot be read", ErrNone)
	}
	return t, nil
}

// Save returns the file that has the tokens; empty: the keyring has them.
func (s Store) Save(ctx context.Context, t Tokens) (file string, err error) {
	b, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	_, err = s.ring(ctx, func(k Keyring) (string, error) { return "", k.Set(service, t.key(), string(b)) })
	if err == nil {
		return "", s.remove(t.For)
	}
	if err := s.write(t.For, b); err != nil {
		return "", err
	}
	// The keyring may have older ones, which would be found first.
	_, _ = s.ring(ctx, func(k Keyring) (string, error) { return "", k.Delete(service, t.key()) })
	return s.File(t.For), nil
}

// Unread is why the keyring does not say whether it has tokens; nil: it does, or there is none.
func (s Store) Unread(ctx context.Context, f For) error {
	_, err := s.ring(ctx, func(k Keyring) (string, error) { return k.Get(service, f.key()) })
	if s.Keyring == nil || errors.Is(err, ErrNotInKeyring) {
		return nil
	}
	return err
}

// Delete removes the tokens. None is success.
func (s Store) Delete(ctx context.Context, f For) error {
	_, _ = s.ring(ctx, func(k Keyring) (string, error) { return "", k.Delete(service, f.key()) }) // it says the same for none and for no keyring
	if _, err := s.ring(ctx, func(k Keyring) (string, error) { return k.Get(service, f.key()) }); err == nil {
		return errors.New("the keyring did not delete the tokens")
	}
	return s.remove(f)
}

// ring calls the keyring, which cannot be stopped: it ends with the process.
func (s Store) ring(ctx context.Context, do func(Keyring) (string, error)) (string, error) {
	if s.Keyring == nil {
		return "", errors.ErrUnsupported
	}
	type result struct {
		text string
		err  error
	}
	ctx, cancel := context.WithTimeout(ctx, keyringWithin)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		text, err := do(s.Keyring)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// read refuses a file that is not this user's alone.
func (s Store) read(f For) ([]byte, error) {
	path := s.File(f)
	if s.Dir == "" {
		return nil, ErrNone
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	file, err := openOwn(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, mostFile))
}

func (s Store) write(f For, b []byte) error {
	if err := s.folder(); err != nil {
		return err
	}
	return atomicfile.Write(s.File(f), b)
}

func (s Store) remove(f For) error {
	if s.Dir == "" {
		return nil
	}
	if err := os.Remove(s.File(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// folder makes the folder, and refuses one in which others may write.
func (s Store) folder() error {
	if s.Dir == "" {
		return errors.New("there is no place for tokens: set XDG_CONFIG_HOME or HOME")
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(s.Dir)
	if err != nil {
		return err
	}
	return checkOwn(s.Dir, info, 0o022)
}

// Lock lets one process renew at a time: a refresh token is good once, and its second use ends the login.
func (s Store) Lock(ctx context.Context, f For) (unlock func(), err error) {
	if err := s.folder(); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(s.Dir, f.key()+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		ok, err := tryLock(file)
		if ok {
			return func() { _ = file.Close() }, nil // which unlocks
		}
		if err == nil {
			select {
			case <-time.After(50 * time.Millisecond):
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		_ = file.Close()
		return nil, err
	}
}
