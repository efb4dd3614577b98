package oracles

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"curfew/shared/evidence/log"
	"curfew/shared/onaws/witness"
)

const (
	logOrigin   = "logs.example.com/curfew"
	witnessName = "witness.example.com/w1"
)

// startWitness runs litewitness for one log, and returns its address.
func startWitness(t *testing.T, verifierKey string) (address, key string) {
	t.Helper()
	folder := t.TempDir()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	keys := agent.NewKeyring()
	must(t, keys.Add(agent.AddedKey{PrivateKey: &private}))
	socket, err := net.Listen("unix", filepath.Join(folder, "agent"))
	must(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(keys, c) }()
		}
	}()
	signer, err := ssh.NewSignerFromKey(private)
	must(t, err)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	listen := free.Addr().String()
	must(t, free.Close())

	program, db := filepath.Join(folder, "litewitness"), filepath.Join(folder, "db")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "filippo.io/torchwood/cmd/litewitness").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := exec.CommandContext(ctx, program, "-db", db, "-name", witnessName, "-key", ssh.FingerprintSHA256(signer.PublicKey()), "-ssh-agent", socket.Addr().String(), "-listen", listen)
	run.Stderr = os.Stderr
	must(t, run.Start())
	t.Cleanup(func() { cancel(); _ = run.Wait() })
	address = "http://" + listen
	for try := 0; ; try++ {
		r, err := http.Get(address + "/")
		if err == nil {
			_ = r.Body.Close()
			break
		}
		if try == 100 {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	allowLog(t, db, verifierKey)
	cosigner, err := torchwood.NewCosignatureSigner(witnessName, private)
	must(t, err)
	return address, cosigner.Verifier().String()
}

// allowLog enters the log as witnessctl does.
func allowLog(t *testing.T, db, verifierKey string) {
	t.Helper()
	c, err := sqlite.OpenConn(db, 0)
	must(t, err)
	empty, err := tlog.TreeHash(0, nil)
	must(t, err)
	must(t, sqlitex.Execute(c, "INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", &sqlitex.ExecOptions{Args: []any{logOrigin, empty.String()}}))
	must(t, sqlitex.Execute(c, "INSERT INTO key (origin, key) VALUES (?, ?)", &sqlitex.ExecOptions{Args: []any{logOrigin, verifierKey}}))
	must(t, c.Close())
}

// TestAWitnessCosignsTheLog: litewitness accepts the log's proofs, and torchwood its cosignatures on the published checkpoint.
func TestAWitnessCosignsTheLog(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	vkey, err := log.VerifierKey(t.Context(), logOrigin, log.MemoryKey(private))
	must(t, err)
	address, witnessKey := startWitness(t, vkey)
	judge, err := torchwood.NewCosignatureVerifier(witnessKey)
	must(t, err)
	l := &log.Log{Origin: logOrigin, Objects: &log.Folder{Path: t.TempDir()}, Stage: &log.Folder{Path: t.TempDir()}, Keys: []log.Key{log.MemoryKey(private)}}
	edge := log.NewEdge()
	for i, batch := range []int{1, 7, 300, 1, 70} {
		if i%2 == 0 { // a new process knows no size
			l.Witness, err = witness.New(address, witnessKey)
			must(t, err)
		}
		var texts [][]byte
		for j := range batch {
			texts = append(texts, fmt.Appendf(nil, "entry %d", edge.Tree.N+int64(j)))
		}
		g, err := edge.Append(texts)
		must(t, err)
		must(t, l.Keep(t.Context(), g))
		must(t, l.Publish(t.Context(), g))
		text, _, err := l.Objects.Read(t.Context(), log.CheckpointName)
		must(t, err)
		n, err := note.Open(text, note.VerifierList(judge))
		must(t, err)
		if at, err := torchwood.CosignatureTimestamp(n.Sigs[0]); err != nil || len(n.Sigs) != 1 || at == 0 {
			t.Errorf("%d entries: %d cosignatures, %v", g.To.N, len(n.Sigs), err)
		}
		edge = g.Edge
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
