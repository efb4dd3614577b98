package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"curfew/scripts/curfew/atomicfile"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// verifyFlags are what the command line of verify says.
type verifyFlags struct {
	keys, witnesses []string // verifier keys, or files of them
	state           string
	accepted        string // file
	trailKeys       string // file
}

const proofSuffix = ".tlog-proof"

func (a *app) verifyCommand() *cobra.Command {
	var set verifyFlags
	c := a.command(&cobra.Command{
		Use: "verify DIR|s3://BUCKET[/PREFIX]|FILE" + proofSuffix, Args: cobra.ExactArgs(1),
		Short: "Verify the log of all evidence or a proof, without the API",
		Long: `Verify the log of all evidence: that it has what was signed, without change,
removal or addition. It needs no API. For a folder, as "aws s3 sync" makes it,
it needs no network either. A bucket also has versions, which a folder lacks.

Verified are the signed checkpoint, all entries and tiles, the chains of
evidence, and the stored requests, decisions and signatures that they name. The
first thing that is wrong is named first (exit code 3).

--key is a key that you trust: NAME+HASH+KEY, or a file with one a line. Get it
from the log's owner once, not from the log. --state keeps what was seen, so
that the next verification finds a log that was rolled back or forked. Keep it
where the log's owner cannot write.

FILE` + proofSuffix + `, from curfew proof, is verified with the .jsonl file beside it.
With --cloudtrail-keys the folder has files of CloudTrail, and they are verified
by its digest files. The keys are what "aws cloudtrail list-public-keys" prints.`,
		Example: `  aws s3 sync s3://curfew-log-111122223333 ./log
  curfew verify ./log --key log.vkey --state ~/curfew.state
  curfew verify s3://curfew-log-111122223333 --key log.vkey
  curfew verify 01k6y3m1x8q2v4t6w8y0a2c4e6.tlog-proof --key log.vkey`,
	}, func(ctx context.Context, args []string) error { return a.verify(ctx, args[0], set) })
	f := c.Flags()
	f.StringArrayVar(&set.keys, "key", nil, "verifier key of the log, or a file of them; repeat it for more")
	f.StringArrayVar(&set.witnesses, "witness-key", nil, "verifier key of a witness that must have cosigned, or a file of them")
	f.StringVar(&set.state, "state", "", "file with the last verified checkpoint; it is rewritten")
	f.StringVar(&set.accepted, "accept", "", "report of -o json: accept its problems of entries that are still the same")
	f.StringVar(&set.trailKeys, "cloudtrail-keys", "", "file of CloudTrail's public keys: verify CloudTrail's files in DIR")
	return c
}

func (a *app) verify(ctx context.Context, what string, set verifyFlags) error {
	if set.trailKeys != "" {
		return a.verifyTrail(what, set.trailKeys)
	}
	keys, err := a.verifierKeys("--key", set.keys)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return usage("verify: no key to trust: give --key with the log's verifier key, which its owner publishes")
	}
	witnesses, err := a.verifierKeys("--witness-key", set.witnesses)
	if err != nil {
		return err
	}
	if strings.HasSuffix(what, proofSuffix) {
		return a.verifyProof(what, keys, witnesses)
	}
	opt := log.Options{Keys: keys, Witnesses: witnesses, Now: a.Now()}
	if opt.Last, err = readState(set.state); err != nil {
		return err
	}
	if opt.Accepted, err = readAccepted(set.accepted); err != nil {
		return err
	}
	source, err := a.logSource(ctx, what)
	if err != nil {
		return err
	}
	bar := a.newEntryBar(ctx, "verifying")
	opt.Tell = bar.tell
	report, err := log.Verify(ctx, source, opt)
	bar.clear()
	if err != nil {
		return explainLog(err)
	}
	if err := a.print(report, logReport{a, report, opt.Last, set.state != ""}.write); err != nil {
		return err
	}
	if !report.Verified() {
		return &failure{EvidenceFails, fmt.Sprintf("the log is not what was signed: %s; keep this copy, and report it to the auditor and the operators", count(len(report.Problems)+int(report.More), "problem", "problems"))}
	}
	return writeState(set.state, report.State)
}

// verifierKeys reads keys that are given as text or as files.
func (a *app) verifierKeys(flag string, given []string) (keys []string, err error) {
	for _, one := range given {
		if strings.Count(one, "+") >= 2 && !exists(one) {
			keys = append(keys, one)
			continue
		}
		b, err := a.ReadFile(one)
		if err != nil {
			return nil, usage("%s: %v; want NAME+HASH+KEY, or a file with one a line", flag, err)
		}
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				keys = append(keys, line)
			}
		}
	}
	return keys, nil
}

// verifiersOf reads verifier keys.
func verifiersOf(keys []string) (note.Verifiers, error) {
	var by []note.Verifier
	for _, text := range keys {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, usage("--key %q: %v", text, err)
		}
		by = append(by, v)
	}
	return note.VerifierList(by...), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readState returns nil for a file that is not there yet.
func readState(path string) (*log.State, error) {
	if path == "" {
		return nil, nil
	}
	b, err := readKept(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var s log.State
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil || s.Checkpoint == "" {
		return nil, usage("--state %s: it is not a state of curfew verify (%v); without it a log that was rolled back is not found", path, err)
	}
	return &s, nil
}

// readAccepted returns the problems of an earlier report, for the caller's --accept.
func readAccepted(path string) ([]log.Problem, error) {
	if path == "" {
		return nil, nil
	}
	b, err := readKept(path)
	var r log.Report
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil || len(r.Problems)+len(r.Accepted) == 0 {
		return nil, usage("--accept %s: it is not a report of curfew verify -o json with problems (%v)", path, err)
	}
	return append(r.Problems, r.Accepted...), nil
}

// readKept reads a file that may come from others: a regular one, as long as an object at most.
func readKept(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > log.MaxObject) {
		err = fmt.Errorf("%s is no regular file of at most %d bytes", path, log.MaxObject)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// writeState replaces the file whole or not at all.
func writeState(path string, s *log.State) error {
	if path == "" {
		return nil
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = atomicfile.Write(path, append(b, '\n'))
	}
	if err != nil {
		return &failure{Unexpected, fmt.Sprintf("the log is verified, but --state was not written: %v", err)}
	}
	return nil
}

// explainLog makes a failure of an error of package log.
func explainLog(err error) error {
	if f, ok := errors.AsType[*failure](explainAWS(err)); ok {
		return f
	}
	switch fault.KindOf(err) {
	case fault.Invalid:
		return &failure{Usage, err.Error()}
	case fault.NotFound:
		return &failure{NotFound, err.Error() + "; check the folder or the bucket, and the name"}
	}
	return err
}
