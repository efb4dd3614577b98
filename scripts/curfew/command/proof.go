package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

func (a *app) proofCommand() *cobra.Command {
	var where string
	var given []string
	c := a.command(&cobra.Command{
		Use: "proof ELEVATION", Args: cobra.ExactArgs(1),
		Short: "Write a proof of one elevation's evidence, from the log",
		Long: `Write ELEVATION` + proofSuffix + ` and ELEVATION.jsonl in this folder: a proof that the
last record of the elevation is in the signed log, and all its records. Each
record has the hash of the one before, so the proof covers all of them.

The proof is in the form of https://c2sp.org/tlog-proof. Everyone who has the
log's key can verify it without the log: curfew verify ELEVATION` + proofSuffix + `.
With --key it is verified at once.`,
		Example: `  curfew proof 01k6y3m1x8q2v4t6w8y0a2c4e6 --log ./log --key log.vkey
  curfew proof 01k6y3m1x8q2v4t6w8y0a2c4e6 --log s3://curfew-log-111122223333`,
	}, func(ctx context.Context, args []string) error {
		keys, err := a.verifierKeys("--key", given)
		if err != nil {
			return err
		}
		return a.proof(ctx, args[0], where, keys)
	})
	c.Flags().StringVar(&where, "log", "", "folder of the log, or s3://BUCKET[/PREFIX]")
	c.Flags().StringArrayVar(&given, "key", nil, "verifier key of the log, or a file of them")
	requireFlags(c, "log")
	return c
}

func (a *app) proof(ctx context.Context, id, where string, keys []string) error {
	if strings.ContainsAny(id, `/\#`) || id == "" {
		return usage("proof: %q is not the whole id of an elevation", id)
	}
	source, err := a.logSource(ctx, where)
	if err != nil {
		return err
	}
	bar := a.newEntryBar(ctx, "looking")
	texts, last, err := log.ChainOf(ctx, source, evidence.ElevationChain(id), bar.tell)
	bar.clear()
	if err != nil {
		return unprovable(err)
	}
	p, err := log.Prove(ctx, source, last)
	if err != nil {
		return unprovable(err)
	}
	lines := append(bytes.Join(texts, []byte("\n")), '\n')
	said := proven{File: id + proofSuffix, Checked: len(keys) > 0}
	if said.Checked {
		if said, err = check(p, lines, keys, nil); err != nil {
			return err
		}
	}
	said.File, said.Entry, said.Records = id+proofSuffix, last, len(texts)
	err = errors.Join(os.WriteFile(id+".jsonl", lines, 0o600), os.WriteFile(said.File, p.Format(), 0o600))
	if err != nil {
		return &failure{Unexpected, err.Error()}
	}
	return a.print(said, said.write)
}

// unprovable is [explainLog], and says how to find what is wrong with a log.
func unprovable(err error) error {
	if fault.KindOf(err) == fault.Invalid {
		return &failure{EvidenceFails, fmt.Sprintf("the log cannot be read: %v; curfew verify says what is wrong with it", err)}
	}
	return explainLog(err)
}

// proven is what a proof proves.
type proven struct {
	File    string `json:"file"`
	Log     string `json:"log,omitempty"`
	Size    int64  `json:"size,omitempty"`
	Entry   int64  `json:"entry"`
	Chain   string `json:"chain,omitempty"`
	Records int    `json:"records"`
	Checked bool   `json:"verified"`
}

func (p proven) write(w io.Writer) error {
	verdict := "verified: these records are in the signed log, unchanged"
	if !p.Checked {
		verdict = "not verified: give --key with the log's verifier key"
	}
	last := fmt.Sprintf("entry %d", p.Entry)
	if p.Size > 0 {
		last += fmt.Sprintf(" of %d", p.Size)
	}
	return facts(w, "", "proof", printable(p.File), "verdict", verdict, "log", printable(p.Log), "evidence", printable(p.Chain), "records", fmt.Sprint(p.Records),
		"last record", last)
}

func (a *app) verifyProof(path string, keys, witnesses []string) error {
	data, err := readKept(path)
	if err != nil {
		return usage("verify: %v", err)
	}
	p, err := log.ParseProof(data)
	if err != nil {
		return &failure{EvidenceFails, fmt.Sprintf("%s is no proof: %v; write it again with curfew proof", path, err)}
	}
	beside := strings.TrimSuffix(path, proofSuffix) + ".jsonl"
	lines, err := readKept(beside)
	if errors.Is(err, fs.ErrNotExist) {
		return &failure{NotFound, fmt.Sprintf("%s is missing: it has the records that the proof is about", beside)}
	}
	if err != nil {
		return usage("verify: %v", err)
	}
	said, err := check(p, lines, keys, witnesses)
	if err != nil {
		return err
	}
	said.File = path
	return a.print(said, said.write)
}

// check verifies a proof, and that the lines are the chain that its entry ends.
func check(p *log.Proof, lines []byte, keys, witnesses []string) (proven, error) {
	broken := func(err error) (proven, error) {
		return proven{}, &failure{EvidenceFails, fmt.Sprintf("the proof fails: %v", err)}
	}
	c, err := p.Check(keys, witnesses)
	if err != nil {
		return broken(err)
	}
	e, err := log.EntryOf(p.Text)
	if err != nil || e.Record == nil {
		return broken(fmt.Errorf("its entry is no record of evidence (%v)", err))
	}
	var records []evidence.Record
	for line := range bytes.Lines(lines) {
		records = append(records, evidence.DecodeLenient(bytes.TrimSuffix(line, []byte("\n"))))
	}
	want := evidence.Head{Seq: e.Record.Seq, Hash: e.Record.Hash}
	head, err := evidence.Verify(e.Record.Chain, records, want)
	if err == nil && head != want {
		err = fmt.Errorf("the records beside it go on after record %d, which is the last one that it proves", want.Seq)
	}
	if err != nil {
		return broken(err)
	}
	return proven{Log: c.Origin, Size: c.Tree.N, Entry: p.Index, Chain: e.Record.Chain, Records: len(records), Checked: true}, nil
}
