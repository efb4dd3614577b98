package witness

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

const name = "witness.example.com/w1"

// server is a witness of one log, whose signatures it does not check.
type server struct {
	*httptest.Server
	private ed25519.PrivateKey
	key     string // verifier key
	tree    tlog.Tree
	olds    []string // of the requests
	more    string   // added to each answer
	change  func(http.ResponseWriter) bool
}

func newServer(t *testing.T) *server {
	public, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	s := &server{private: private, key: verifierKey(public, cosignatureV1)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func verifierKey(public []byte, kind byte) string {
	key := append([]byte{kind}, public...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%08x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(key))
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	head, checkpoint, _ := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	s.olds = append(s.olds, lines[0])
	if s.change != nil && s.change(w) {
		return
	}
	text, _, _ := strings.Cut(checkpoint, "\n\n")
	c, err := log.ParseCheckpoint(text + "\n")
	old, oldErr := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil || oldErr != nil || r.URL.Path != "/base/add-checkpoint" {
		http.Error(w, r.URL.Path, http.StatusBadRequest)
		return
	}
	if old != s.tree.N {
		w.Header().Set("Content-Type", sizeType)
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, "%d\n", s.tree.N)
		return
	}
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		h, _ := tlog.ParseHash(line)
		proof = append(proof, h)
	}
	if old > 0 && tlog.CheckTree(proof, c.Tree.N, c.Tree.Hash, old, s.tree.Hash) != nil || old == 0 && len(proof) > 0 {
		http.Error(w, "the proof", http.StatusUnprocessableEntity)
		return
	}
	s.tree = c.Tree
	io.WriteString(w, s.line(text+"\n")+s.more)
}

// line is a cosignature of 2023-03-20.
func (s *server) line(text string) string {
	const at = 1679315147
	signature := ed25519.Sign(s.private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))
	v, _ := newCosigner(s.key)
	b := append(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, v.hash), at), signature...)
	return "— " + name + " " + base64.StdEncoding.EncodeToString(b) + "\n"
}

// tree is a log of so many entries.
type tree struct{ hashes []tlog.Hash }

func grow(n int64) *tree {
	t := &tree{}
	for i := range n {
		more, _ := tlog.StoredHashes(i, fmt.Append(nil, i), t)
		t.hashes = append(t.hashes, more...)
	}
	return t
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, i := range indexes {
		all = append(all, t.hashes[i])
	}
	return all, nil
}

// cosign has a witness cosign a tree of so many entries, and returns the note with what it gave.
func cosign(ctx context.Context, w log.Witness, n int64) (checkpoint, lines []byte, err error) {
	t := grow(n)
	root, err := tlog.TreeHash(n, t)
	if err != nil {
		return nil, nil, err
	}
	checkpoint = fmt.Appendf(nil, "example.com/log\n%d\n%s\n\n— example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n", n, root)
	lines, err = w.Cosign(ctx, checkpoint, func(old int64) (tlog.TreeProof, error) { return tlog.ProveTree(n, old, t) })
	return checkpoint, lines, err
}

func open(t *testing.T, s *server) log.Witness {
	t.Helper()
	w, err := New(s.URL+"/base/", s.key)
	must(t, err)
	return w
}

func TestAWitnessCosignsFromTheSizeThatItHas(t *testing.T) {
	s := newServer(t)
	w := open(t, s)
	for _, n := range []int64{3, 3, 300} {
		checkpoint, lines, err := cosign(t.Context(), w, n)
		must(t, err)
		v, err := newCosigner(s.key)
		must(t, err)
		if got, err := note.Open(append(checkpoint, lines...), note.VerifierList(v)); err != nil || len(got.Sigs) != 1 {
			t.Errorf("%d: %q, %v", n, lines, err)
		}
	}
	if _, _, err := cosign(t.Context(), open(t, s), 301); err != nil { // a new process
		t.Error(err)
	}
	if got := strings.Join(s.olds, " "); got != "old 0 old 3 old 3 old 0 old 300" {
		t.Errorf("the witness was asked: %s", got)
	}
	if _, lines, err := cosign(t.Context(), open(t, s), 7); err == nil || lines != nil {
		t.Errorf("a tree smaller than the witness's was cosigned: %q", lines)
	}
}

func TestOnlyLinesOfTheWitnessOverThisCheckpointAreKept(t *testing.T) {
	s, other := newServer(t), newServer(t)
	s.more = "— example.org/w2 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
	if _, lines, err := cosign(t.Context(), open(t, s), 3); err != nil || strings.Count(string(lines), "\n") != 1 || strings.Contains(string(lines), "w2") {
		t.Errorf("%q, %v", lines, err)
	}
	for what, answer := range map[string]string{
		"nothing": "", "another text": s.line("example.com/log\n4\nx\n"), "another key": other.line("x"),
		"a text of its own": "\nmore\n\n" + s.line("more\n"), "no lines": "<html>",
	} {
		s := newServer(t)
		s.change = func(w http.ResponseWriter) bool { io.WriteString(w, answer); return true }
		if _, lines, err := cosign(t.Context(), open(t, s), 3); err == nil || lines != nil {
			t.Errorf("%s: %q", what, lines)
		}
	}
}

// TestATextThatTheWitnessAppendsIsNotSigned: an answer with an empty line moves the end of the note's text, which the witness
// may well sign.
func TestATextThatTheWitnessAppendsIsNotSigned(t *testing.T) {
	s := newServer(t)
	checkpoint := []byte("example.com/log\n0\nroot\n\n")
	v, err := newCosigner(s.key)
	must(t, err)
	if lines, err := v.lines(checkpoint, "example.com/log\n0\nroot\n", []byte("more\n\n"+s.line(string(checkpoint)+"more\n"))); err == nil {
		t.Errorf("%q", lines)
	}
}

func TestARefusalOfTheWitnessIsAnError(t *testing.T) {
	for _, c := range []struct {
		status int
		kind   string
		body   string
	}{
		{http.StatusNotFound, "", ""}, {http.StatusForbidden, "", ""}, {http.StatusConflict, "text/plain", "3\n"}, {http.StatusConflict, sizeType, "9\n"},
		{http.StatusConflict, sizeType, "-1\n"}, {http.StatusConflict, sizeType, "2\n"}, {http.StatusInternalServerError, "", ""},
		{http.StatusPermanentRedirect, "", ""},
	} {
		s := newServer(t)
		s.change = func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", c.kind)
			w.Header().Set("Location", "/base/elsewhere")
			w.WriteHeader(c.status)
			io.WriteString(w, c.body)
			return true
		}
		if _, lines, err := cosign(t.Context(), open(t, s), 3); err == nil || lines != nil {
			t.Errorf("%d %s: %q", c.status, c.body, lines)
		}
		if len(s.olds) > 2 {
			t.Errorf("%d %s: asked %d times", c.status, c.body, len(s.olds))
		}
	}
}

type slow struct{}

func (slow) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, errors.New("cancelled")
}

func TestASlowWitnessIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := New("https://witness.example.com", verifierKey(make([]byte, ed25519.PublicKeySize), cosignatureV1))
		must(t, err)
		w.(*witness).client.Transport = slow{}
		if _, _, err := cosign(t.Context(), w, 3); fault.KindOf(err) != fault.Transient {
			t.Error(err)
		}
	})
}

func TestAnUnsafeAddressOrKeyIsRefused(t *testing.T) {
	good := verifierKey(make([]byte, ed25519.PublicKeySize), cosignatureV1)
	for _, prefix := range []string{"http://witness.example.com", "", "witness.example.com", "https://u:p@w.example.com", "https://w.example.com?x=1", "http://localhost.example.com"} {
		if _, err := New(prefix, good); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	for _, key := range []string{"", verifierKey(make([]byte, ed25519.PublicKeySize), 1), verifierKey(make([]byte, 31), cosignatureV1), strings.Replace(good, "w1", "w2", 1), "x"} {
		if _, err := New("https://witness.example.com", key); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", key, err)
		}
	}
	if w, err := New("", ""); w != nil || err != nil {
		t.Error(w, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
