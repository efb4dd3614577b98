package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// The findings of the archive.
var (
	Altered = finding.Kind{
		Name: "evidence-altered", PageInterval: finding.Daily, Severity: finding.Critical,
		Why: "Curfew only adds evidence. Somebody with write access to its tables changed, removed or made some by hand.",
		Do:  "See the writer in CloudTrail's data events of the table. The log has what was stored before; the images are its objects altered/HASH. Trust the log, not the table: curfew verify.",
	}
	Lost = finding.Kind{
		Name: "evidence-late", PageInterval: finding.Daily, Severity: finding.High,
		Why: "The table's stream did not deliver evidence, so that it was in the table alone for up to a day.",
		Do:  "Look for errors of function archive, and whether its event source mappings were disabled. The evidence is in the log now, marked late: compare it with CloudTrail.",
	}
	HeadBehind = finding.Kind{
		Name: "log-head-behind", PageInterval: finding.Daily, Severity: finding.Critical,
		Why: "The head of the log in the access table was older than the published checkpoint: the table was restored, or somebody changed the row.",
		Do:  "If the table was not restored, see who wrote to it. The log went on from the checkpoint: nothing is to be done about the log.",
	}
	Blocked = finding.Kind{
		Name: "log-blocked", PageInterval: finding.Daily, Severity: finding.Critical,
		Why: "The log's objects, its head and its checkpoint contradict each other. Nothing is entered until they agree.",
		Do: "Nothing is lost: the evidence is in the tables, and is entered when the log goes on. If somebody changed the row log#head, restore it as it was; only if that is impossible, delete it: " +
			"it is built again from the checkpoint, and what was not published is entered again. If an object is missing or changed, restore its older version, also of stage/.",
	}
)

// alarm is a change that Curfew did not make.
type alarm struct {
	kind   finding.Kind
	change Change
	what   string
}

// altered is the name of an image of evidence.
func altered(sum string) string { return "altered/" + sum }

type alteration struct {
	Table   string `json:"table"`
	Key     string `json:"key"`
	Before  string `json:"before,omitempty"` // SHA-256 of the image
	After   string `json:"after,omitempty"`
	Version int64  `json:"version,omitempty"` // after
	Expires int64  `json:"expires,omitempty"` // after
}

// reporter stores findings.
type reporter struct{ *Service }

// report raises the findings, then keeps the images. All are tried.
func (s reporter) report(ctx context.Context, alarms ...alarm) error {
	var failed []error
	for _, a := range alarms {
		failed = append(failed, s.raise(ctx, a), s.keepImages(ctx, a.change))
	}
	return errors.Join(failed...)
}

// raise has an event for each alteration, so that a batch that comes again does not count.
func (s reporter) raise(ctx context.Context, a alarm) error {
	k, d := a.change.Key, alteration{Before: sumOf(a.change.Before), After: sumOf(a.change.After)}
	d.Table, d.Key = string(k.Table), k.Partition+"/"+k.Sort
	if after := a.change.After; after != nil {
		d.Version = after.Row.Version
		if !after.Row.Expires.IsZero() {
			d.Expires = after.Row.Expires.Unix()
		}
	}
	event := sha256.Sum256(fmt.Appendf(nil, "%s %+v %s", a.change.ID, d, a.what))
	elevation := elevationOf(k.Partition)
	if len(elevation) > longestID {
		elevation = "" // it could not be a key of an index
	}
	return s.tell(ctx, a.kind, finding.Occurrence{
		Subject: k.Partition, Elevation: elevation, Form: a.what, Detail: d, Events: []string{hex.EncodeToString(event[:])},
		What: fmt.Sprintf("the %s table's %s/%s %s", k.Table, fault.Printable(k.Partition), fault.Printable(k.Sort), a.what),
	})
}

func (s reporter) keepImages(ctx context.Context, c Change) error {
	var failed []error
	for _, i := range []*Image{c.Before, c.After} {
		if i != nil {
			failed = append(failed, s.orLog(ctx, s.Evidence.Objects.Create(ctx, altered(sumOf(i)), i.Row.Body)))
		}
	}
	return errors.Join(failed...)
}

// blocked reports what people must mend. Other errors are left to the next try.
func (s reporter) blocked(ctx context.Context, err error) error {
	switch fault.KindOf(err) {
	case fault.Internal, fault.NotFound, fault.Conflict, fault.Invalid:
	default:
		return err
	}
	reported := s.tell(ctx, Blocked, finding.Occurrence{Subject: s.Evidence.Origin, What: "the log cannot go on: " + fault.FirstLine(err)})
	return errors.Join(fault.Errorf(fault.Internal, "the log: %w", err), reported)
}

// longestID is more than an elevation's id has.
const longestID = 64

// tell reports a finding. A writer to the tables can occupy the places of a finding: a second subject, which has the event, is
// tried then. Only a fault of AWS is an error: without the finding the log goes on.
func (s reporter) tell(ctx context.Context, kind finding.Kind, o finding.Occurrence) error {
	taken, err := s.isTaken(ctx, kind, o.Subject)
	if err != nil {
		return err
	}
	if !taken {
		if err = finding.Report(ctx, s.Base, kind, o); err == nil || isOfAWS(err) {
			return err
		}
	}
	o.Subject = fmt.Sprintf("%s#%.16s", o.Subject, strings.Join(o.Events, ""))
	if taken, err = s.isTaken(ctx, kind, o.Subject); err == nil && taken {
		err = fault.Errorf(fault.Conflict, "the places of the finding %s about %s are taken: %s", kind.Name, o.Subject, o.What)
	} else if err == nil {
		err = finding.Report(ctx, s.Base, kind, o)
	}
	return s.orLog(ctx, err)
}

// isTaken reports whether somebody wrote a finding's row or its next evidence, so that it can never be stored. Without this
// it would be tried again for seconds.
func (s reporter) isTaken(ctx context.Context, kind finding.Kind, subject string) (bool, error) {
	was, err := record.Get[finding.Finding](ctx, s.Store, finding.Key(kind, subject))
	if err == nil {
		var rows record.Rows
		rows, err = s.Store.Read(ctx, auditKey(was.Row.Key.Partition, was.Value.Evidence.Seq+1))
		if err == nil {
			return len(rows) > 0, nil
		}
	}
	if isOfAWS(err) {
		return false, err
	}
	return true, nil
}

func isOfAWS(err error) bool {
	return fault.KindOf(err) == fault.Transient && !errors.Is(err, record.ErrRaced)
}

// orLog returns faults of AWS, and logs and counts others.
func (s reporter) orLog(ctx context.Context, err error) error {
	if err == nil || isOfAWS(err) {
		return err
	}
	s.Log.ErrorContext(ctx, "a finding of the archive, or its images, could not be stored", "error", err)
	if s.Undone != nil {
		s.Undone(ctx, err)
	}
	return nil
}

func sumOf(i *Image) string {
	if i == nil {
		return ""
	}
	sum := sha256.Sum256(i.Row.Body)
	return hex.EncodeToString(sum[:])
}
