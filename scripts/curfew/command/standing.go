package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	live "curfew/scripts/curfew/standing"
	"curfew/scripts/curfew/trail"
	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
	"curfew/shared/standing"
	recorded "curfew/shared/trail"
)

// standingFlags are what the command line of standing says.
type standingFlags struct {
	live                bool
	state               string
	credentials, trails []string // files
	events              []string
	scps, since         string
	scpsFrom            string
	principal           string
	options             standing.Options
	accessed            bool
}

func (a *app) standingCommand() *cobra.Command {
	var set standingFlags
	o := &set.options
	c := a.command(&cobra.Command{
		Use: "standing FILE…|--live", Annotations: map[string]string{moreOutput: "csv"},
		Short: "Find standing privilege, and plan how it becomes just-in-time",
		Long: `Say what roles and users may do today without an elevation: privileged actions
by class, who can become whom, what is unused, keys, trust from outside, missing
boundaries; with a score from 0 to 100. It changes nothing.

FILE is what aws iam get-account-authorization-details printed, of one account
or more; - is standard input. --live reads one account with AWS credentials,
with its credential report and the last-accessed data of what is privileged,
which takes seconds for each principal: --state keeps what was read, and an
interrupted run continues with the same file. Service control policies are from
Organizations if the credentials may read it, or of --scps.

CloudTrail files (--trail) say what was used, and what a smaller policy would
have refused. They are taken to be complete between their first and last record.
Events of jobs (--events, one EventBridge event a line) give triggers.

--principal shows one in detail, with its plan: the entitlement, the trigger,
the policy to take off and the smaller one that stays. -o json of a run is what
--since compares with; -o csv is for spreadsheets.`,
		Example: `  curfew standing details.json
  curfew standing --live --state standing.jsonl -o json > november.json
  curfew standing details.json --trail ./AWSLogs --since october.json
  curfew standing details.json \
      --principal arn:aws:iam::111122223333:role/backup-runner`,
	}, func(ctx context.Context, args []string) error { return a.findStanding(ctx, args, set) })
	f := c.Flags()
	f.BoolVar(&set.live, "live", false, "read the account of the AWS credentials")
	f.StringVar(&set.state, "state", "", "with --live: file that keeps what was read")
	f.BoolVar(&set.accessed, "last-accessed", true, "with --live: read last-accessed data")
	f.StringArrayVar(&set.credentials, "credential-report", nil, "credential report of IAM, as CSV; repeat it for more accounts")
	f.StringArrayVar(&set.trails, "trail", nil, "file or folder of CloudTrail records; repeat it for more")
	f.BoolVar(&o.DataEvents, "data-events", false, "the records have the data events of all resources")
	f.StringArrayVar(&set.events, "events", nil, "file of EventBridge events of jobs; repeat it for more")
	f.StringVar(&set.scps, "scps", "", `file of service control policies: {"ACCOUNT": [[POLICY, …], …]}, a list for each level from the root`)
	f.StringVar(&set.since, "since", "", "an earlier report, to compare with")
	f.StringVar(&set.principal, "principal", "", "ARN of one role or user, to show in detail")
	f.StringVar(&o.Name, "name", "curfew", "name of the installation: its grants do not count")
	f.StringSliceVar(&o.Boundaries, "boundary", nil, "an accepted boundary, by name or ARN (default any)")
	f.StringSliceVar(&o.Accounts, "account", nil, "an account of the organization, besides those read")
	f.StringVar(&o.Owners, "owners", "platform", "group of owners in plans")
	f.StringVar(&o.Requesters, "requesters", "engineers", "group of requesters in plans")
	f.StringVar(&o.Approvers, "approvers", "leads", "group of approvers in plans")
	return c
}

func (a *app) findStanding(ctx context.Context, args []string, set standingFlags) error {
	switch {
	case set.live && len(args) > 0:
		return usage("standing: --live reads the account itself: give it without FILE")
	case !set.live && len(args) == 0:
		return usage("standing: want FILE, what aws iam get-account-authorization-details printed, or --live")
	case a.output == "csv" && set.principal != "":
		return usage("standing: -o csv has a line for each principal: give it without --principal")
	case set.state != "" && !set.live:
		return usage("standing: --state keeps what --live read: give --live too")
	}
	tell := a.teller(ctx)
	defer tell.clear()
	set.options.Now, set.options.Tell = a.Now().UTC().Truncate(time.Second), tell.step
	before, err := a.readStandingFiles(&set)
	if err != nil {
		return err
	}
	var d *authdetails.Details
	if set.live {
		d, err = a.readLive(ctx, &set, tell)
	} else {
		d, err = a.readDetails(args, tell)
	}
	if err != nil {
		return err
	}
	if err := a.readUse(ctx, d, &set); err != nil {
		return err
	}
	if set.principal != "" {
		return a.standingOfOne(d, set, tell)
	}
	report, err := standing.Analyse(d, set.options)
	tell.clear()
	if err != nil {
		return err
	}
	if set.live {
		a.addMonths(ctx, report)
	}
	if set.scpsFrom != "" {
		report.Notes = append(report.Notes, set.scpsFrom)
	}
	if before != nil {
		report.Trend = standing.Compare(before, report)
	}
	if a.output == "csv" {
		return writeStandingCSV(a.Stdout, report)
	}
	return a.print(report, standingReport{a, report}.write)
}

// standingDetail is one principal in detail.
type standingDetail struct {
	Entry *standing.Entry `json:"entry"`
	Plan  *standing.Plan  `json:"plan"`
}

func (a *app) standingOfOne(d *authdetails.Details, set standingFlags, tell *teller) error {
	var found *authdetails.Principal
	for _, p := range d.Principals {
		if p.ARN == set.principal {
			found = p
		}
	}
	if found == nil {
		return &failure{NotFound, set.principal + ": there is no such role or user in what was read; give its ARN"}
	}
	report, err := standing.Analyse(d, set.options)
	if err != nil {
		return err
	}
	plan := standing.NewPlanner(d, set.options).Plan(found)
	if plan.Why == "" {
		if err := live.Check(plan, set.options); err != nil {
			plan.Notes = append(plan.Notes, "a catalog refuses these files as they are: "+err.Error())
		}
	}
	if set.scpsFrom != "" {
		plan.Notes = append(plan.Notes, set.scpsFrom)
	}
	tell.clear()
	for _, e := range report.Entries {
		if e.Principal == found.ARN && e.ID == found.ID {
			one := standingDetail{e, plan}
			return a.print(one, standingOne{a, one}.write)
		}
	}
	return fmt.Errorf("%s has no entry", found.ARN)
}

// readStandingFiles reads the small inputs, and the earlier report if there is one.
func (a *app) readStandingFiles(set *standingFlags) (before *standing.Report, err error) {
	for _, path := range set.credentials {
		content, err := a.readAll(path)
		if err != nil {
			return nil, usage("--credential-report: %v", err)
		}
		if err := set.addCredentials(content); err != nil {
			return nil, usage("--credential-report %s: %v", path, err)
		}
	}
	for _, path := range set.events {
		content, err := a.readAll(path)
		if err != nil {
			return nil, usage("--events: %v", err)
		}
		runs, _, err := standing.ReadRuns(bytes.NewReader(content))
		if err != nil {
			return nil, usage("--events %s: %v", path, err)
		}
		if len(runs) == 0 {
			return nil, usage("--events %s: it has no event of a job; give one EventBridge event a line", path)
		}
		set.options.Jobs = append(set.options.Jobs, runs...)
	}
	if set.scps != "" {
		if set.options.SCPs, err = a.readSCPs(set.scps); err != nil {
			return nil, usage("--scps %s: %v", set.scps, err)
		}
		set.scpsFrom = "service control policies are of the file " + set.scps
	}
	if set.since == "" {
		return nil, nil
	}
	content, err := a.readAll(set.since)
	if err == nil {
		before, err = standing.ReadReport(content)
	}
	if err != nil {
		return nil, usage("--since: %v; give what curfew standing -o json printed", err)
	}
	return before, nil
}

func (set *standingFlags) addCredentials(content []byte) error {
	if set.options.Credentials == nil {
		set.options.Credentials = map[string]*standing.Credential{}
	}
	return standing.ReadCredentials(bytes.NewReader(content), set.options.Credentials)
}

const formOfSCPs = `give {"ACCOUNT": [[POLICY, …], …]}, a list for each level from the root`

func (a *app) readSCPs(path string) (map[string][][]*iampolicy.Document, error) {
	content, err := a.readAll(path)
	if err != nil {
		return nil, err
	}
	var texts map[string][][]json.RawMessage
	if err := json.Unmarshal(content, &texts); err != nil {
		return nil, fmt.Errorf("%w; %s", err, formOfSCPs)
	}
	all := map[string][][]*iampolicy.Document{}
	for account, levels := range texts {
		if len(account) != 12 || strings.Trim(account, "0123456789") != "" || len(levels) == 0 { // the file of something else must not count as known policies
			return nil, fmt.Errorf("%q is no account with policies; %s", account, formOfSCPs)
		}
		for _, level := range levels {
			var documents []*iampolicy.Document
			for i, text := range level {
				d, err := iampolicy.Parse(text)
				if err != nil {
					return nil, fmt.Errorf("policy %d of account %s: %w", i+1, account, err)
				}
				documents = append(documents, d)
			}
			all[account] = append(all[account], documents)
		}
	}
	return all, nil
}

// readDetails reads all files as one input.
func (a *app) readDetails(paths []string, tell *teller) (*authdetails.Details, error) {
	var parts []io.Reader
	for _, path := range paths {
		content, err := a.readAll(path)
		if err != nil {
			return nil, usage("standing: %v", err)
		}
		parts = append(parts, bytes.NewReader(content), strings.NewReader("\n"))
	}
	var stopped error
	d, err := authdetails.Read(io.MultiReader(parts...), func(n int) {
		if stopped == nil {
			stopped = tell.step("reading principals", n, 0)
		}
	})
	if stopped != nil {
		return nil, stopped
	}
	if err != nil {
		return nil, usage("standing %s: %v; give what aws iam get-account-authorization-details printed", strings.Join(paths, " "), err)
	}
	return d, nil
}

// readLive reads an account of AWS. The principals of which last-accessed data are read are the privileged ones.
func (a *app) readLive(ctx context.Context, set *standingFlags, tell *teller) (*authdetails.Details, error) {
	config, err := a.reader(ctx)
	if err != nil {
		return nil, err
	}
	if config.Region == "" {
		config.Region = "us-east-1" // IAM is the same in every Region
	}
	in := live.Settings{State: set.state, Now: a.Now, Tell: tell.step, WithSCPs: set.scps == ""}
	if set.accessed {
		in.Want = func(s *live.State) (arns []string, err error) {
			set.takeSCPs(s)
			report, err := standing.Analyse(s.Details(), set.options)
			if err != nil {
				return nil, err
			}
			for _, e := range report.Entries {
				if e.Score > 0 && e.Privileged() {
					arns = append(arns, e.Principal)
				}
			}
			return arns, nil
		}
	}
	s, err := live.Read(ctx, config, in)
	if s != nil {
		err = errors.Join(err, s.Close())
	}
	if errors.Is(err, live.ErrForeign) {
		return nil, usage("--state: %v: give another path", err)
	}
	if err != nil {
		tell.clear()
		if set.state != "" {
			fmt.Fprintf(a.Stderr, "what was read is in %s: run the same command again to continue\n", printable(set.state))
		}
		return nil, explainAWS(err)
	}
	set.takeSCPs(s)
	set.options.Accessed = s.Accessed
	if s.Credentials != nil {
		if err := set.addCredentials(s.Credentials); err != nil {
			return nil, err
		}
	}
	return s.Details(), nil
}

// takeSCPs prefers the file.
func (set *standingFlags) takeSCPs(s *live.State) {
	if set.scps == "" {
		set.options.SCPs, set.scpsFrom = s.SCPs, s.SCPsFrom
		if s.SCPs == nil {
			set.scpsFrom += "; --scps reads them from a file"
		}
	}
}

// readUse reads the CloudTrail files.
func (a *app) readUse(ctx context.Context, d *authdetails.Details, set *standingFlags) error {
	if len(set.trails) == 0 {
		return nil
	}
	files, err := trail.Files(set.trails)
	if err != nil {
		return usage("--trail: %v", err)
	}
	bar := a.newBar(ctx, "reading records", files)
	defer bar.clear()
	r := standing.NewRecorder(d)
	r.Gaps, err = trail.Each(files, a.Stdin, bar.read, func(record *recorded.Record) { r.Add(record) })
	if err != nil {
		return err
	}
	set.options.Used = r.Used()
	return nil
}

// teller tells the progress of long work on Stderr: it rewrites one line, or prints a line each 10 seconds.
type teller struct {
	progress
	ctx context.Context
	at  time.Time
}

func (a *app) teller(ctx context.Context) *teller {
	return &teller{progress: progress{app: a}, ctx: ctx, at: a.Now()}
}

// step notes progress. It fails when the command is interrupted.
func (t *teller) step(what string, done, of int) error {
	now, every := t.Now(), 10*time.Second
	if t.ProgressTerminal {
		every = 100 * time.Millisecond
	}
	if now.Sub(t.at) >= every {
		t.at = now
		t.rewrite(stepText(what, done, of))
	}
	return t.ctx.Err()
}

// stepText is a bar where the end is known.
func stepText(what string, done, of int) string {
	const width = 20
	switch {
	case of > 0:
		full := width * min(done, of) / of
		return fmt.Sprintf("%s [%s%s] %d of %d", what, strings.Repeat("#", full), strings.Repeat(".", width-full), done, of)
	case done > 0:
		return fmt.Sprintf("%s: %d", what, done)
	}
	return what
}
