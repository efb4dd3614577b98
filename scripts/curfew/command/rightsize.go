package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/trail"
	"curfew/shared/access"
	"curfew/shared/rightsize"
	cloudtrail "curfew/shared/trail"
)

// rightsizeFlags are what the command line of rightsize says.
type rightsizeFlags struct {
	role, baseline string
	policy         string
	trails         []string
	elevations     []string
	last           int
	resources      bool
	dataEvents     []string
	name           string
}

// sized is what rightsize prints.
type sized struct {
	Entitlement string `json:"entitlement,omitempty"`
	Role        string `json:"role,omitempty"`
	// Elevations are those of which all calls are known; Partly are later ones, or such whose log files are still to come: the known calls
	// of them are kept too.
	Elevations int       `json:"elevations"`
	Partly     int       `json:"partly"`
	From       time.Time `json:"from,omitzero"`
	Until      time.Time `json:"until,omitzero"`
	*rightsize.Result
}

func (a *app) rightsizeCommand() *cobra.Command {
	var set rightsizeFlags
	c := a.command(&cobra.Command{
		Use: "rightsize [ENTITLEMENT]", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.completeEntitlement,
		Short: "Make a policy smaller by what was done with it",
		Long: `Make the policy of an entitlement, or those of a role, smaller: without the
actions that were never used. It prints what changes as a diff; -o json has the
new policy. Nothing is changed anywhere.

The calls are those of the entitlement's last elevations that you may see, by
the API; or those in CloudTrail's files (--trail), which also tell which call
was on which resource. For a role, --baseline reads what aws iam
get-account-authorization-details printed; attach the new text as a policy of
its own where AWS, or another role, has the old one.

An action is unused only if CloudTrail would have shown its use. What it may not
show is kept and counted apart: data events, unless --data-events says that the
trails log them; actions that are asked for within other calls, as iam:PassRole;
actions without events. Conditions, Deny statements and placeholders stay. Each
recorded call is asked of the new policy before it is printed. If one would be
refused, no policy is printed. If calls may be missing, the policy stays as it
is. Both are exit code 5.

--resources also narrows a pattern that ends in *, where three or more different
ARNs of it have a longer beginning, up to a slash or a colon.`,
		Example: `  curfew rightsize admin-30m
  curfew rightsize admin-30m --last 100 --resources -o json
  curfew rightsize admin-30m --trail ./AWSLogs \
      --data-events AWS::S3::Object,AWS::SNS::Topic
  curfew rightsize --trail ./AWSLogs --baseline details.json \
      --role arn:aws:iam::111122223333:role/backup-runner`,
	}, func(ctx context.Context, args []string) error {
		return a.rightsize(ctx, strings.Join(args, ""), set)
	})
	f := c.Flags()
	f.StringVar(&set.role, "role", "", "ARN of a role or user: its own policies")
	f.StringVar(&set.baseline, "baseline", "", "file of the account's details, for --role")
	f.StringVar(&set.policy, "policy", "", "file of the policy or template, instead of the entitlement's from the API")
	f.StringArrayVar(&set.trails, "trail", nil, "file or folder of CloudTrail records; repeat it for more")
	f.StringArrayVar(&set.elevations, "elevations", nil, "file of elevations, as curfew show -o json prints them; repeat it for more")
	f.IntVar(&set.last, "last", 30, "how many of the entitlement's elevations count, 1 to 200")
	f.BoolVar(&set.resources, "resources", false, "narrow patterns of resources too")
	f.StringSliceVar(&set.dataEvents, "data-events", nil, "types of resources whose data events the trails log, as AWS::S3::Object; all")
	f.StringVar(&set.name, "name", "curfew", "name of the installation: its mark is <name>:managed")
	return c
}

func (a *app) rightsize(ctx context.Context, entitlement string, set rightsizeFlags) error {
	logged, err := loggedTypes(set.dataEvents)
	if err != nil {
		return err
	}
	switch {
	case (entitlement == "") == (set.role == ""):
		return usage("rightsize: want an entitlement, or --role ARN")
	case set.last < 1 || set.last > access.MostListed:
		return usage("--last %d: want 1 to %d", set.last, access.MostListed)
	case set.role != "" && (set.baseline == "" || len(set.trails) == 0):
		return usage("rightsize --role: want --baseline FILE and --trail FILES too")
	case set.role != "" && set.policy != "":
		return usage("rightsize --role: the policies are those of --baseline, and --policy is for an entitlement")
	case slices.Contains(set.trails, "-"):
		return usage("rightsize: --trail - cannot be: save the records to a file")
	case len(set.elevations) > 0 && len(set.trails) == 0:
		return usage("rightsize: --elevations is for --trail FILES")
	}
	out := sized{Entitlement: entitlement, Role: set.role}
	in := rightsize.Input{Logged: logged, Resources: set.resources}
	if set.role != "" {
		err = a.usesOfRole(ctx, set, &out, &in)
	} else {
		err = a.usesOfEntitlement(ctx, entitlement, set, &out, &in)
	}
	if err != nil {
		return err
	}
	out.Result, err = rightsize.Narrow(in)
	if refused, ok := errors.AsType[*rightsize.RefusedError](err); ok {
		return &failure{Conflict, refused.Error() + "; no policy is printed"}
	}
	if err != nil {
		return usage("rightsize: %v", err)
	}
	if err := a.print(out, a.sizedReport(out).write); err != nil {
		return err
	}
	if n := len(out.Doubts); n > 0 {
		const most = 5
		return &failure{Conflict, "nothing may be called unused: " + strings.Join(out.Doubts[:min(n, most)], "; ") + when(n > most, fmt.Sprintf("; and %d more reasons (-o json)", n-most))}
	}
	return nil
}

// loggedTypes reads --data-events; nil: none are logged.
func loggedTypes(types []string) (func(string) bool, error) {
	all := func(string) bool { return true }
	if len(types) == 0 {
		return nil, nil
	}
	if slices.Equal(types, []string{"all"}) {
		return all, nil
	}
	hidden := len(cloudtrail.Hidden(all, func(string) bool { return false }))
	for _, kind := range types {
		if len(cloudtrail.Hidden(all, func(is string) bool { return is == kind })) == hidden {
			return nil, usage("--data-events %q: no action has data events of this type; want one as AWS::S3::Object, or all alone", kind)
		}
	}
	return func(kind string) bool { return slices.Contains(types, kind) }, nil
}

// usesOfRole reads the calls of a principal's own policies.
func (a *app) usesOfRole(ctx context.Context, set rightsizeFlags, out *sized, in *rightsize.Input) error {
	files, run, err := a.trailInput(set)
	if err != nil {
		return err
	}
	content, err := a.readAll(set.baseline)
	if err != nil {
		return usage("--baseline: %v", err)
	}
	id, own, err := run.Baselines.ReadPrincipal(content, set.name, set.role)
	if err != nil {
		return usage("--baseline %s: %v", set.baseline, err)
	}
	for _, p := range own {
		in.Policies = append(in.Policies, rightsize.Policy{Name: p.Name, Text: p.Document.Bytes()})
	}
	found, err := a.usesOfFiles(ctx, files, run, &trail.Uses{Principal: id}, in)
	if err != nil {
		return err
	}
	in.Uses, out.From, out.Until = found.By[""], found.Report.From, found.Report.To
	if found.Report.Totals.Records == 0 {
		in.Doubts = append(in.Doubts, "the files have no record")
	}
	return nil
}

// trailInput is a run over --trail and --elevations.
func (a *app) trailInput(set rightsizeFlags) ([]trail.File, trail.Input, error) {
	files, err := trail.Files(set.trails)
	if err != nil {
		return nil, trail.Input{}, usage("--trail: %v", err)
	}
	in := trail.Input{Files: files, Stdin: a.Stdin}
	in.Elevations, err = a.elevationsOf(context.Background(), files, trailFlags{elevations: set.elevations})
	return files, in, err
}

func (a *app) usesOfFiles(ctx context.Context, files []trail.File, run trail.Input, uses *trail.Uses, in *rightsize.Input) (trail.Found, error) {
	bar := a.newBar(ctx, "attributing", files)
	run.Tell = bar.read
	found, err := trail.Used(run, uses)
	bar.clear()
	in.Maybe, in.Doubts = found.Maybe, append(in.Doubts, found.Doubts...)
	return found, err
}

// usesOfEntitlement reads the calls of an entitlement's last elevations.
func (a *app) usesOfEntitlement(ctx context.Context, name string, set rightsizeFlags, out *sized, in *rightsize.Input) error {
	text, err := a.templateOf(ctx, name, set.policy)
	if err != nil {
		return err
	}
	in.Policies = []rightsize.Policy{{Name: name, Text: text}}
	if len(set.elevations) > 0 {
		files, run, err := a.trailInput(set)
		if err != nil {
			return err
		}
		run.Elevations = slices.DeleteFunc(run.Elevations, func(e trail.Elevation) bool { return e.Entitlement != name })
		slices.SortFunc(run.Elevations, func(a, b trail.Elevation) int {
			return cmp.Or(b.GrantedAt.Compare(a.GrantedAt), cmp.Compare(b.ID, a.ID))
		})
		return a.usesOfRecords(ctx, files, run, set.last, out, in)
	}
	all, err := a.lastElevations(ctx, name, set.last)
	if err != nil {
		return err
	}
	if len(set.trails) == 0 {
		return a.usesOfAPI(ctx, all, set.last, out, in)
	}
	files, run, err := a.trailInput(set)
	if err != nil {
		return err
	}
	for _, e := range all {
		d, err := a.show(ctx, e.ID)
		if err != nil {
			return err
		}
		one, err := trail.FromDetail(d)
		if err != nil {
			return fmt.Errorf("elevation %s: %w", e.ID, err)
		}
		run.Elevations = append(run.Elevations, one)
	}
	return a.usesOfRecords(ctx, files, run, set.last, out, in)
}

func (a *app) templateOf(ctx context.Context, name, file string) ([]byte, error) {
	if file != "" {
		text, err := a.readAll(file)
		if err != nil {
			return nil, usage("--policy: %v", err)
		}
		return text, nil
	}
	e, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.EntitlementShown, error) {
		return c.Entitlement(ctx, name)
	})
	return e.Policy, err
}

// lastElevations are the newest that were granted, at most twice so many as wanted: some may not be complete.
func (a *app) lastElevations(ctx context.Context, name string, last int) (all []client.Elevation, err error) {
	f := client.Filter{Entitlement: name, Limit: access.MostListed,
		State: strings.Join([]string{string(access.Active), string(access.Revoking), string(access.Stuck), string(access.Ended)}, ",")}
	_, err = eachPage(true, func(cursor string) (string, error) {
		f.Cursor = cursor
		page, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Page, error) { return c.List(ctx, f) })
		if err != nil {
			return "", err
		}
		a.warnUnreadable(page.Unreadable)
		for _, e := range page.Elevations {
			if !e.GrantedAt.IsZero() && e.Entitlement == name {
				all = append(all, e)
			}
		}
		if len(all) >= 2*last {
			return "", nil
		}
		return page.NextCursor, nil
	})
	slices.SortStableFunc(all, func(a, b client.Elevation) int {
		return cmp.Or(b.GrantedAt.Compare(a.GrantedAt), cmp.Compare(b.ID, a.ID))
	})
	return all[:min(len(all), 2*last)], err
}

// usesOfAPI pairs what the API counts. Elevations whose log files were not all counted add calls, and do not count.
func (a *app) usesOfAPI(ctx context.Context, all []client.Elevation, last int, out *sized, in *rightsize.Input) error {
	line := progress{app: a}
	defer line.clear()
	for _, e := range all {
		if out.Elevations == last {
			break
		}
		if a.ProgressTerminal {
			line.rewrite(fmt.Sprintf("usage: %d of %d", out.Elevations, last))
		}
		u, err := a.usage(ctx, e)
		if err != nil {
			return err
		}
		in.Uses = rightsize.Join(in.Uses, rightsize.Pairs(namesOf(u.Actions), namesOf(u.Resources), u.UnknownResources))
		in.Doubts = append(in.Doubts, doubtsOf(e.ID, u)...)
		if e.EndedAt.IsZero() || u.Settled.Before(e.EndedAt) {
			out.Partly++
			continue
		}
		out.add(e.GrantedAt, e.EndedAt)
	}
	if out.Elevations == 0 {
		in.Doubts = append(in.Doubts, "there is no elevation that you may see of which all log files were counted (curfew show says so); --trail reads files of your own")
	}
	return nil
}

// add counts an elevation of which all calls are known.
func (s *sized) add(from, until time.Time) {
	s.Elevations++
	if s.From.IsZero() || from.Before(s.From) {
		s.From = from
	}
	if until.After(s.Until) {
		s.Until = until
	}
}

func namesOf(n client.UsedNames) rightsize.Names {
	all := rightsize.Names{Calls: map[string]int64{}, More: n.More}
	for _, name := range n.Names {
		all.Calls[name.Name] = name.Events
	}
	return all
}

// doubtsOf says why an elevation may have done more than is told.
func doubtsOf(id string, u *client.Usage) (all []string) {
	if u.Actions.More > 0 {
		all = append(all, fmt.Sprintf("elevation %s has more actions than are kept", id))
	}
	if u.AtLeast {
		all = append(all, fmt.Sprintf("elevation %s did more than is counted; the log files will tell", id))
	}
	if u.Incomplete {
		all = append(all, fmt.Sprintf("of elevation %s log files lack calls that EventBridge brought", id))
	}
	return all
}

// usesOfRecords reads the calls of elevations from files. Those that the files do not span add calls, and do not count.
func (a *app) usesOfRecords(ctx context.Context, files []trail.File, run trail.Input, last int, out *sized, in *rightsize.Input) error {
	uses := &trail.Uses{Elevations: map[string]trail.Elevation{}}
	for _, e := range run.Elevations {
		uses.Elevations[e.ID] = e
	}
	found, err := a.usesOfFiles(ctx, files, run, uses, in)
	if err != nil {
		return err
	}
	for _, e := range run.Elevations {
		if out.Elevations == last {
			break
		}
		in.Uses = rightsize.Join(in.Uses, found.By[e.ID])
		if over := e.Over(); e.GrantedAt.Before(found.Report.From) || over.After(found.Report.To) || over.After(a.Now()) {
			out.Partly++
		} else {
			out.add(e.GrantedAt, over)
		}
	}
	if out.Elevations == 0 {
		span := "no record was read"
		if r := found.Report; !r.From.IsZero() {
			span = fmt.Sprintf("they are from %s to %s", a.instant(r.From), a.instant(r.To))
		}
		in.Doubts = append(in.Doubts, "the files do not span an elevation: "+span)
	}
	return nil
}
