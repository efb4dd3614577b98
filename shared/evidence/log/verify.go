package log

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Options is what the caller of [Verify] trusts.
type Options struct {
	Keys      []string  // verifier keys of the log; at least one
	Witnesses []string  // verifier keys of witnesses
	Last      *State    // of the last verification; nil: this is the first
	Accepted  []Problem // of entries that are known: each has its Leaf
	Workers   int       // 0: one a processor
	Now       time.Time // of the verifier's clock; zero: now
	// Tell is called with the number of verified entries; nil: it is not. Its error ends Verify.
	Tell func(done, of int64) error
}

// Verify checks a log without its owner's help: the signatures, the tree, the chains of evidence, the rows that grants
// depended on, and that it continues what was seen before. What is wrong is in the report. Invalid: a key is none.
func Verify(ctx context.Context, source Source, opt Options) (*Report, error) {
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	v := verification{source: source, opt: opt, report: &Report{Problems: []Problem{}}}
	err := v.run(ctx)
	if err == nil {
		v.finish()
	}
	return v.report, err
}

type verification struct {
	source    Source
	opt       Options
	report    *Report
	trust     *trust
	witnesses []note.Verifier
	newest    signedNote
	notes     []olderNote   // by size
	cosigned  []*signedNote // the newest older ones, by witness
	inv       *inventory
	chains    *chainCheck
	found     findings
}

func (v *verification) run(ctx context.Context) (err error) {
	if len(v.opt.Keys) == 0 {
		return fault.Errorf(fault.Invalid, "no key to trust: give the log's verifier key")
	}
	if v.trust, err = newTrust(v.opt.Keys); err != nil {
		return err
	}
	for _, w := range v.opt.Witnesses {
		k, err := NewWitnessVerifier(w)
		if err != nil {
			return err
		}
		v.witnesses = append(v.witnesses, k)
	}
	if ok, err := v.readNewest(ctx); !ok || err != nil {
		return err
	}
	if v.inv, err = takeInventory(ctx, v.source, v.newest.Tree.N); err != nil {
		return err
	}
	if err := v.readOlder(ctx); err != nil {
		return err
	}
	if !v.plausible() {
		return nil
	}
	return v.readAll(ctx)
}

// plausible refuses a checkpoint before its entries are read: anyone can write one of any size.
func (v *verification) plausible() bool {
	signed := func(n olderNote) bool { return n.signed }
	if !v.isSigned(&v.newest) && !slices.ContainsFunc(v.notes, signed) {
		v.found.object(CheckpointName, unsigned)
		return false
	}
	if v.newest.Tree.N/width > v.inv.objects {
		v.found.object(CheckpointName, "it has %d entries, and they are not in the %d objects of the log", v.newest.Tree.N, v.inv.objects)
		return false
	}
	return true
}

func (v *verification) readAll(ctx context.Context) error {
	v.chains = newChainCheck(v.newest.Origin, v.opt.Now)
	tree := newTreeCheck(v.inv)
	err := v.stream(ctx, tree)
	if errors.Is(err, errEnough) {
		v.report.Ended = true
		v.found.addAll(tree.short)
		v.found.addAll(v.chains.short)
		v.found.addAll(v.inv.short)
		return nil
	}
	if err != nil {
		return err
	}
	right, err := tree.end(ctx, v.newest.Tree.Hash)
	if err != nil {
		return err
	}
	v.found.addAll(tree.short)
	v.checkSigners(v.continued(right))
	v.found.addAll(v.inv.short)
	pending := v.chains.end()
	v.report.Pending, v.report.MorePending = pending.list, pending.more
	v.found.more += v.chains.more
	for _, p := range v.chains.list {
		if err := v.addEntry(ctx, p, right); err != nil {
			return err
		}
	}
	return nil
}

// readNewest reports whether there is a checkpoint to go by.
func (v *verification) readNewest(ctx context.Context) (bool, error) {
	text, err := v.source.ReadVersion(ctx, CheckpointName, "")
	if fault.KindOf(err) == fault.NotFound {
		v.found.object(CheckpointName, "is missing: without it there is no log to verify. Give the folder, or the prefix of the bucket, that has the file checkpoint")
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap(v.found.noteLost(err, CheckpointName), "reading the checkpoint")
	}
	v.newest, err = readNote(text, "")
	if err == nil {
		_, err = v.newest.by(note.VerifierList(v.trust.verifiers...))
	}
	if err == nil && !slices.ContainsFunc(v.trust.verifiers, func(k note.Verifier) bool { return k.Name() == v.newest.Origin }) {
		err = fmt.Errorf("it is of the log %.200s, and no trusted key has that name", v.newest.Origin)
	}
	if err != nil {
		v.found.object(CheckpointName, "%v", err)
		return false, nil
	}
	v.report.Origin, v.report.Size, v.report.Root = v.newest.Origin, v.newest.Tree.N, v.newest.Tree.Hash.String()
	return true, nil
}

// checkSigners checks who signed the older checkpoints, which the log continues, and the newest.
func (v *verification) checkSigners(same []olderNote) {
	v.trust.settle(v.newest, same, v.chains.keys)
	for _, n := range same {
		if n.signed {
			continue
		}
		if sigs, err := n.note.by(note.VerifierList(v.trust.verifiers...)); err != nil {
			v.found.object(CheckpointName, "%s: %v", n.which, err)
		} else if len(sigs) == 0 {
			v.found.object(CheckpointName, "%s has no signature of a trusted key", n.which)
		}
	}
	v.report.SignedBy = v.trust.signers(v.newest, v.chains.keys, &v.found)
	if len(v.witnesses) == 0 {
		v.holds("tamper-evident against members only: an administrator of the log's account can use its key to write another log. To detect that too, verify with --witness-key")
	}
	for i, w := range v.witnesses {
		v.checkWitness(w, []*signedNote{&v.newest, v.cosigned[i]}, same)
	}
}

func (v *verification) holds(format string, args ...any) {
	v.report.Holds = append(v.report.Holds, fmt.Sprintf(format, args...))
}

// checkWitness finds the newest checkpoint that a witness cosigned.
func (v *verification) checkWitness(w note.Verifier, notes []*signedNote, same []olderNote) {
	for _, n := range notes {
		if n == nil || n != &v.newest && !slices.ContainsFunc(same, func(o olderNote) bool { return o.tree == n.Tree }) {
			continue
		}
		sigs, err := n.by(note.VerifierList(w))
		if err != nil {
			v.found.object(CheckpointName, "%v", err)
		}
		if len(sigs) == 0 {
			continue
		}
		at := cosignedAt(sigs[0]).Format("2006-01-02T15:04:05Z")
		v.report.SignedBy = append(v.report.SignedBy, Signer{Key: keyName(w), Witness: at})
		if n.Tree.N == v.newest.Tree.N {
			v.holds("tamper-evident against everyone, as long as the witness %s is honest: it saw these %d entries at %s", w.Name(), n.Tree.N, at)
		} else {
			v.holds("the witness %s saw the first %d entries at %s; the others are tamper-evident against members only", w.Name(), n.Tree.N, at)
		}
		return
	}
	v.found.object(CheckpointName, "the witness %s did not cosign it, or any older one", w.Name())
}

func (v *verification) finish() {
	r := v.report
	r.Problems, r.More = append(r.Problems, v.found.list...), v.found.more
	if v.inv != nil {
		r.Altered, r.Beyond, r.Counts.Objects = v.inv.altered.list, v.inv.beyond.list, v.inv.objects
		r.MoreAltered, r.MoreBeyond = v.inv.altered.more, v.inv.beyond.more
	}
	if v.chains != nil {
		c := v.chains.counts
		c.Objects, c.Checkpoints, c.Skipped = r.Counts.Objects, r.Counts.Checkpoints, r.Counts.Skipped
		r.Counts = c
	}
	if r.Verified() {
		r.State = &State{v.newest.Origin, v.newest.Tree.N, v.newest.Tree.Hash, string(v.newest.text), v.inv.published}
	}
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// errEnough ends a verification: what follows that many problems tells no more.
var errEnough = errors.New("the bound of problems is reached")

// stream reads all bundles, and notes the roots at the sizes of older checkpoints.
func (v *verification) stream(ctx context.Context, tree *treeCheck) error {
	size := v.newest.Tree.N
	older := v.notes
	reader := bundleReader{v.inv, v.chains != nil}
	read := func(n int64) (*bundleRead, error) { return reader.bundle(ctx, n) }
	return inOrder(ctx, v.opt.workers(), (size+width-1)/width, read, func(b *bundleRead) error {
		for ; len(older) > 0 && older[0].tree.N <= b.n*width+int64(len(b.filled)); older = older[1:] {
			older[0].compare(tree.rootsWith(b, int(older[0].tree.N-b.n*width)))
		}
		for i, e := range b.entries {
			v.chains.add(b.n*width+int64(i), e, b.leaves[i])
		}
		if err := tree.add(ctx, b); err != nil {
			return err
		}
		problems := len(tree.list)
		if v.chains != nil {
			problems = max(problems, len(v.chains.list))
		}
		if problems == most {
			return errEnough
		}
		if v.opt.Tell == nil {
			return nil
		}
		return v.opt.Tell(min(size, (b.n+1)*width), size)
	})
}

// isSigned reports whether a key of the caller signed a note.
func (v *verification) isSigned(n *signedNote) bool {
	sigs, err := n.by(note.VerifierList(v.trust.verifiers...))
	return err == nil && len(sigs) > 0
}

// readOlder reads the older checkpoints, and the one of the last verification.
func (v *verification) readOlder(ctx context.Context) error {
	v.cosigned = make([]*signedNote, len(v.witnesses))
	v.report.Counts.Checkpoints = int64(len(v.inv.checkpoints))
	if last := v.opt.Last; last != nil {
		v.addNote([]byte(last.Checkpoint), "that of the last verification")
		v.skip(last)
	}
	all := v.inv.checkpoints
	read := func(i int64) ([]byte, error) { return v.source.ReadVersion(ctx, CheckpointName, all[i].ID) }
	next := 0
	err := inOrder(ctx, v.opt.workers(), int64(len(all)), read, func(text []byte) error {
		v.addNote(text, "its version "+all[next].ID)
		next++
		return nil
	})
	slices.SortStableFunc(v.notes, func(a, b olderNote) int { return cmp.Compare(a.tree.N, b.tree.N) })
	return fault.Wrap(err, "reading the versions of the checkpoint")
}

// skip leaves out the versions that the last verification read, unless a key or a witness could be in these alone.
func (v *verification) skip(last *State) {
	if !v.isSigned(&v.newest) || len(v.notes) == 0 || v.notes[0].tree != (tlog.Tree{N: last.Size, Hash: last.Root}) {
		return
	}
	for i, w := range v.witnesses {
		if sigs, err := v.newest.by(note.VerifierList(w)); v.cosigned[i] == nil && (err != nil || len(sigs) == 0) {
			return
		}
	}
	was := len(v.inv.checkpoints)
	v.inv.checkpoints = slices.DeleteFunc(v.inv.checkpoints, func(o Version) bool { return o.Modified.Before(last.Published) })
	v.report.Counts.Skipped = int64(was - len(v.inv.checkpoints))
}

// addNote notes a checkpoint that the log must continue.
func (v *verification) addNote(text []byte, which string) {
	n, err := readNote(text, which)
	switch {
	case err != nil:
		v.found.object(CheckpointName, "%s: %v", which, err)
		return
	case n.Origin != v.newest.Origin:
		v.found.object(CheckpointName, "%s is of another log, %.200s", which, n.Origin)
		return
	case n.Tree.N > v.newest.Tree.N:
		v.found.object(CheckpointName, "the log was rolled back: %s has %d entries, and the newest has %d", which, n.Tree.N, v.newest.Tree.N)
		return
	}
	o := olderNote{tree: n.Tree, which: which, signed: v.isSigned(&n)}
	if !o.signed {
		o.note = &n
	}
	if n.Tree.N == 0 {
		o.compare([2]tlog.Hash{emptyRoot, emptyRoot})
	}
	v.notes = append(v.notes, o)
	for i, w := range v.witnesses {
		sigs, err := n.by(note.VerifierList(w))
		if err != nil {
			v.found.object(CheckpointName, "%s: %v", which, err)
		} else if len(sigs) > 0 && (v.cosigned[i] == nil || v.cosigned[i].Tree.N <= n.Tree.N) {
			v.cosigned[i] = &n
		}
	}
}

// continued returns the older checkpoints that the log continues. right says which roots are: see [treeCheck.end].
func (v *verification) continued(right int) (same []olderNote) {
	if right < 0 && len(v.notes) > 0 {
		v.found.object(CheckpointName, "older ones were not compared: what is wrong is in the tree")
		return nil
	}
	for _, n := range v.notes {
		if n.same[right] {
			same = append(same, n)
			continue
		}
		v.found.object(CheckpointName, "the log was forked: %s has other entries among its first %d", n.which, n.tree.N)
	}
	return same
}

// addEntry adds what is wrong with an entry that is in the signed tree: nothing removes it from the log, so the caller may
// know and accept it. right: see [treeCheck.end].
func (v *verification) addEntry(ctx context.Context, p Problem, right int) error {
	if p.Entry == nil || right < 0 {
		v.found.add(p)
		return nil
	}
	leaf, err := v.leaf(ctx, *p.Entry)
	if err != nil {
		return err
	}
	p.Leaf = leaf
	known := func(k Problem) bool { return k.Entry != nil && *k.Entry == *p.Entry && k.Leaf == leaf }
	if leaf != "" && slices.ContainsFunc(v.opt.Accepted, known) {
		v.report.Accepted = append(v.report.Accepted, p)
	} else {
		v.found.add(p)
	}
	return nil
}

// leaf returns the hash of an entry; "": its tile is not whole, which treeCheck reports.
func (v *verification) leaf(ctx context.Context, entry int64) (string, error) {
	data, t, err := v.inv.readNeeded(ctx, place{0, entry / width})
	if len(data) != t.W*tlog.HashSize {
		return "", fault.Unless(fault.Unless(err, fault.NotFound), fault.Invalid)
	}
	at := entry % width * tlog.HashSize
	return hex.EncodeToString(data[at : at+tlog.HashSize]), err
}
