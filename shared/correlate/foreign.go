package correlate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"time"

	"curfew/shared/access"
	"curfew/shared/baseline"
	"curfew/shared/detection"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// changes are IAM's calls that change what a principal may do, or who may use it. True: the call gives something, and a
// quarantine may answer it. After the mark or boundary is removed, Curfew may not write to the principal.
var changes = map[string]bool{
	"PutRolePolicy": true, "PutUserPolicy": true, "AttachRolePolicy": true, "AttachUserPolicy": true, "UpdateAssumeRolePolicy": true,
	"DeleteRolePolicy": false, "DeleteUserPolicy": false, "DetachRolePolicy": false, "DetachUserPolicy": false,
	"PutRolePermissionsBoundary": false, "PutUserPermissionsBoundary": false, "DeleteRolePermissionsBoundary": false, "DeleteUserPermissionsBoundary": false,
	"TagRole": false, "TagUser": false, "UntagRole": false, "UntagUser": false, "AddUserToGroup": false, "RemoveUserFromGroup": false,
}

type changed struct {
	judged
	class  detection.Class
	writer string
	of     baseline.Current
}

// changesOf returns the allowed changes of marked principals, those of Curfew's roles that no record explains too. A
// service's own call is no change by others.
func (s *watcher) changesOf(ctx context.Context, rights *trail.Rights, all []judged) (found []changed, failed error) {
	for _, j := range all {
		arn := principalOf(j.Record)
		if _, is := changes[j.Name]; !is || j.Source != "iam.amazonaws.com" || j.Error != "" || j.Time.IsZero() || arn == "" || j.ByService() {
			continue
		}
		c := changed{judged: j, class: s.class(rights, j.Record), writer: cmp.Or(j.Identity.Actor().ARN, j.Identity.ARN)}
		if c.class == detection.Own {
			if explained, err := (explainer{s.Service, s.in}).explained(ctx, s.in.function(j.Identity.Issuer.ARN), j.Record); err != nil || explained {
				failed = errors.Join(failed, err)
				continue
			}
		}
		marked, err := false, error(nil)
		if c.of, marked, err = baseline.Find(ctx, s.Store, arn); err != nil {
			return nil, err
		}
		if marked && c.of.Account == j.Account {
			found = append(found, c)
		}
	}
	return found, failed
}

// judgeChanges raises one finding for each changed principal. Only changes from the bus are answered.
func (s *watcher) judgeChanges(ctx context.Context, route Route, rights *trail.Rights, all []judged) error {
	found, err := s.changesOf(ctx, rights, all)
	for _, c := range found {
		if c.class == detection.IaC {
			err = errors.Join(err, s.noteWrite(ctx, c))
			continue
		}
		err = errors.Join(err, finding.Report(ctx, s.Base, access.ForeignChange, finding.Occurrence{
			Subject: c.of.ID, What: c.Name + " on a marked principal by " + c.writer, Principal: c.of.ARN, Account: c.Account,
			Events: []string{c.ID}, Form: formOf(c.Record), Detail: map[string]any{"at": c.Time, "call": c.Name, "writer": c.writer, "policy": policyOf(c.Record), "baseline": c.of.Hash},
		}))
		if route == ByBus && changes[c.Name] && c.class != detection.Own {
			err = errors.Join(err, answerer{s.Service, s.in}.quarantine(ctx, c))
		}
	}
	return err
}

// noteWrite stores a change by a writer of the catalog. The survey that sees the new baseline reports it.
func (s *watcher) noteWrite(ctx context.Context, c changed) error {
	note, err := baseline.NoteWrite(c.Account, baseline.Write{Event: c.ID, At: c.Time, Writer: c.writer, Call: c.Name, PrincipalID: c.of.ID})
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, note)
}

// quarantine orders a quarantine where the catalog says so. Function contain checks the order against IAM.
func (s answerer) quarantine(ctx context.Context, c changed) error {
	f := access.Foreign{Event: c.ID, At: c.Time, Writer: c.writer, Call: c.Name, Policy: cmp.Or(c.Parameter("policyArn"), c.Parameter("policyName"))}
	if document := c.Parameter("policyDocument"); document != "" {
		f.Digest = baseline.Digest(document)
	}
	if !s.Settings.QuarantineForeign || access.IsAttached(f.Policy, s.in.Name) {
		return nil // what has the name of a grant is for the sweep
	}
	give, err := s.takeQuarantine(ctx, c.of.ID)
	if err != nil {
		return err
	}
	if !give {
		return finding.Report(ctx, s.Base, TooManyAnswers, finding.Occurrence{
			Subject: c.of.ID, What: "no quarantine after " + c.Name + " on " + c.of.ARN, Principal: c.of.ARN, Account: c.Account, Events: []string{c.ID}})
	}
	return s.Workflow.Contain(ctx, access.Order{
		Account: c.Account, Principal: c.of.ARN, PrincipalID: c.of.ID, By: access.ByDetection + access.ForeignChange.Name, OrderedAt: record.Instant(s.Now()), Foreign: &f,
	})
}

// ordered is a row: this hour's quarantine orders by unique id. Each change has its own order: one that was undone must
// not hide the next.
type ordered struct {
	Hour       int64          `json:"hour"` // since 1970
	Principals map[string]int `json:"principals"`
}

// takeQuarantine counts an order; false: too many of the principal, or principals.
func (s answerer) takeQuarantine(ctx context.Context, id string) (give bool, err error) {
	hour := s.Now().Unix() / 3600
	err = record.UpdateRow(ctx, s.Store, "answers", record.AccessKey("history#answers", "quarantines"), func(was record.Stored[ordered]) ([]record.Change, error) {
		next := ordered{hour, map[string]int{}}
		if was.Value.Hour == hour {
			maps.Copy(next.Principals, was.Value.Principals)
		}
		n, known := next.Principals[id]
		if give = n < answersPerHour && (known || len(next.Principals) < answersPerHour); !give {
			return nil, nil
		}
		next.Principals[id]++
		put, err := was.Put(next, s.Now().Add(24*time.Hour))
		return []record.Change{put}, err
	})
	return give, err
}
