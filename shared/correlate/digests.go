package correlate

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail/digest"
)

// Digests are [Files] with the trails' digest files.
type Digests interface {
	// ListDigests returns the names of an account's digest files of one day (UTC), of all Regions.
	ListDigests(ctx context.Context, account string, day time.Time) ([]string, error)
	// Digest returns a digest file.
	Digest(ctx context.Context, name string) (SignedDigest, error)
	// Keys returns CloudTrail's public keys in a Region for a digest that ended at an instant.
	Keys(ctx context.Context, region string, at time.Time) ([]digest.Key, error)
}

type SignedDigest struct {
	Bucket, Name string
	Text         []byte // not compressed
	Signature    string // of the object's metadata, in hex
}

// The findings about files that are not what CloudTrail wrote.
var (
	Tampered = finding.Kind{
		Name: "trail-tampered", PageInterval: finding.Daily, Severity: finding.Critical,
		Why: "A file of the trail is not what CloudTrail wrote, or is gone: what was done may be hidden or made up.",
		Do:  "Compare all files: aws cloudtrail validate-logs. See who wrote to the bucket, by its own log.",
	}
	Undigested = finding.Kind{
		Name: "trail-unsigned", PageInterval: finding.Daily, Severity: finding.Medium,
		Why: "CloudTrail did not sign the trail's files for some time: a writer of the bucket can change them unseen.",
		Do:  "aws cloudtrail update-trail --enable-log-file-validation. See who turned it off.",
	}
)

// verified is a row: how far an account's digests were verified.
type verified struct {
	// From is the first day whose files were listed: digests may name earlier ones.
	From  time.Time `json:"from"`
	Began time.Time `json:"began"` // when digests were first looked for
	Seen  time.Time `json:"seen"`  // the last pass
	// Last are the last digests, by chain: a trail's in one Region.
	Last map[string]link `json:"last,omitempty"`
}

type link struct {
	Name      string    `json:"name"`
	Signature string    `json:"signature"`
	End       time.Time `json:"end"`
}

func verifiedKey(account string) record.Key { return record.AccessKey("usage#digests", account) }

// unsignedAfter is the longest time without a digest. CloudTrail writes one each hour, also without files.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
const unsignedAfter = 6 * time.Hour

// mostChains bounds the chains of an account: 34 Regions, and as many for trails that came and went.
const mostChains = 68

// digestPass checks the digests of one account.
type digestPass struct {
	*Service
	from    Digests
	account string
	names   []string // of the digests, in order
	state   verified
	left    map[string]bool // log files that were not applied
	days    map[string][parts]done
	bad     map[string]bool // digests that are not CloudTrail's
	waits   map[string]bool // chains that go on in the next pass
}

// digestsEvery is half the time between two digests of a Region: each look lists every Region's folders.
const digestsEvery = 30 * time.Minute

// listDigests returns nil if the files have no digests, or it is too early for new ones.
func (s *Service) listDigests(ctx context.Context, files Files, account string, first time.Time) (*digestPass, error) {
	from, ok := files.(Digests)
	if !ok {
		return nil, nil
	}
	rows, err := s.Store.Read(ctx, verifiedKey(account))
	if err != nil {
		return nil, err
	}
	was, err := record.FindRow[verified](rows, verifiedKey(account))
	if err != nil || s.Now().Before(was.Value.Seen.Add(digestsEvery)) {
		return nil, err
	}
	p := &digestPass{Service: s, from: from, account: account, state: was.Value, days: map[string][parts]done{}, bad: map[string]bool{}, waits: map[string]bool{}}
	for day := range days {
		names, err := from.ListDigests(ctx, account, first.AddDate(0, 0, day))
		if err != nil {
			return nil, err
		}
		p.names = append(p.names, names...)
	}
	return p, nil
}

// check verifies new digests, and compares what was applied with them. first is the first listed day.
func (p *digestPass) check(ctx context.Context, first time.Time, left map[string]bool) error {
	p.left = left
	if p.state.Began.IsZero() {
		p.state.Began = record.Instant(p.Now())
	}
	if p.state.Last = maps.Clone(p.state.Last); p.state.Last == nil || p.state.Seen.Before(first) { // days between were not listed
		p.state.From, p.state.Last = first, map[string]link{}
	}
	p.state.Seen = record.Instant(p.Now())
	failed := p.verifyAll(ctx)
	return errors.Join(failed, p.checkAge(ctx), record.UpdateRow(ctx, p.Store, "verified digests", verifiedKey(p.account), func(now record.Stored[verified]) ([]record.Change, error) {
		put, err := now.Put(p.state, time.Time{})
		return []record.Change{put}, err
	}))
}

// verifyAll goes on with the other chains after one that cannot be read, or waits for log files. After unsignedAfter that is a finding.
func (p *digestPass) verifyAll(ctx context.Context) (failed error) {
	for _, name := range p.names {
		chain := chainOf(name)
		last, known := p.state.Last[chain]
		if p.waits[chain] || name <= last.Name || !hasTime(ctx) || !known && len(p.state.Last) >= mostChains {
			continue
		}
		read, err := p.verify(ctx, name, last)
		failed = errors.Join(failed, err)
		if read == nil {
			continue
		}
		p.waits[chain] = true
		p.Log.WarnContext(ctx, "digest not verified", "digest", name, "error", read)
		if !known {
			p.state.Last[chain] = link{End: record.Instant(p.Now())}
		}
	}
	return failed
}

// chainOf is a name without its day and time. A trail's digests in one Region are a chain, in order of their names.
func chainOf(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) < 5 {
		return name
	}
	base := parts[len(parts)-1]
	return strings.Join(parts[:len(parts)-4], "/") + "/" + base[:max(0, strings.LastIndexByte(base, '_'))]
}

// verify checks a digest's signature, that it follows the last, and the log files that it names. read is why it cannot be
// judged now; an error is one of the store.
func (p *digestPass) verify(ctx context.Context, name string, last link) (read, err error) {
	signed, err := p.from.Digest(ctx, name)
	if err != nil {
		return err, nil
	}
	d, err := digest.Parse(signed.Text)
	if err == nil && (d.Bucket != signed.Bucket || d.Object != signed.Name) {
		err = fault.Errorf(fault.Invalid, "it was written for s3://%s/%s", d.Bucket, d.Object)
	}
	chain := chainOf(name)
	if err == nil {
		keys, unread := p.from.Keys(ctx, regionOf(chain), d.EndTime())
		if unread != nil {
			return unread, nil
		}
		err = d.Verify(signed.Bucket, signed.Name, signed.Signature, keys)
	}
	if err != nil {
		p.bad[name] = true // it is not the last of its chain: others may have chosen its name
		return nil, p.report(ctx, Tampered, name, "a digest is not CloudTrail's: "+err.Error())
	}
	if slices.ContainsFunc(d.Logs, func(l digest.Log) bool { return p.left[l.Object] }) {
		return errors.New("it names log files that were not applied yet"), nil
	}
	p.state.Last[chain] = link{name, signed.Signature, d.EndTime()}
	switch {
	case last.Name == "", d.Follows(last.Name, last.Signature), p.bad[d.PreviousObject]: // the last was said already
	case d.PreviousObject == "":
		err = p.report(ctx, Undigested, name, "the digests begin anew: validation, or the trail, was turned off for some time")
	default:
		err = p.report(ctx, Tampered, name, "the digest before it is gone: it names "+d.PreviousObject)
	}
	return nil, errors.Join(err, p.checkLogs(ctx, signed.Bucket, name, d.Logs))
}

func regionOf(chain string) string {
	parts := strings.Split(chain, "/")
	return parts[max(0, len(parts)-2)]
}

// checkLogs compares the applied files with those that CloudTrail delivered.
func (p *digestPass) checkLogs(ctx context.Context, bucket, name string, logs []digest.Log) (failed error) {
	for _, l := range logs {
		day, ok := dayOfFile(l.Object)
		if !ok || l.Bucket != bucket || !strings.Contains(l.Object, "/CloudTrail/") || day.Before(p.state.From) || p.Now().Sub(day) > (days+6)*24*time.Hour { // it was never listed, or is no longer known
			continue
		}
		was, err := p.doneOn(ctx, day)
		if err != nil {
			return errors.Join(failed, err)
		}
		part := was[partOf(l.Object)]
		switch {
		case part.Texts.has(textID(l.Object, l.Hash)):
		case part.Files.has(fileID(l.Object)):
			failed = errors.Join(failed, p.report(ctx, Tampered, name, "the log file "+l.Object+" was not what CloudTrail delivered when it was read"))
		default:
			failed = errors.Join(failed, p.report(ctx, Tampered, name, "the log file "+l.Object+" was delivered, and is gone"))
		}
	}
	return failed
}

func dayOfFile(name string) (time.Time, bool) {
	parts := strings.Split(name, "/")
	if len(parts) < 4 {
		return time.Time{}, false
	}
	day, err := time.Parse("2006/01/02", strings.Join(parts[len(parts)-4:len(parts)-1], "/"))
	return day, err == nil
}

func (p *digestPass) doneOn(ctx context.Context, day time.Time) ([parts]done, error) {
	key := day.Format(time.DateOnly)
	if was, ok := p.days[key]; ok {
		return was, nil
	}
	was, err := p.doneFiles(ctx, p.account, day)
	if err == nil {
		p.days[key] = was
	}
	return was, err
}

// checkAge reports an account or Region without new digests. It forgets a chain that ended long ago.
func (p *digestPass) checkAge(ctx context.Context) (failed error) {
	if len(p.state.Last) == 0 && p.Now().Sub(p.state.Began) >= unsignedAfter {
		return p.report(ctx, Undigested, p.account, "account "+p.account+" has no digests")
	}
	for _, chain := range slices.Sorted(maps.Keys(p.state.Last)) {
		l := p.state.Last[chain]
		switch age := p.Now().Sub(l.End); {
		case age >= 8*24*time.Hour:
			delete(p.state.Last, chain)
		case age >= unsignedAfter:
			failed = errors.Join(failed, p.report(ctx, Undigested, l.Name, "no digest of account "+p.account+" in "+regionOf(chain)+" was verified since "+l.End.UTC().Format(time.RFC3339)))
		}
	}
	return failed
}

// report joins an account's findings: a subject for each file would be a storm.
func (p *digestPass) report(ctx context.Context, kind finding.Kind, event, what string) error {
	return finding.Report(ctx, p.Base, kind, finding.Occurrence{Subject: p.account, Account: p.account, What: what, Events: []string{event}})
}
