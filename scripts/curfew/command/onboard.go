package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"curfew/scripts/curfew/onboard"
	"curfew/scripts/curfew/sdk"
)

func (a *app) onboardCommand() *cobra.Command {
	var set onboard.Settings
	var world string
	c := a.command(&cobra.Command{
		Use: "onboard ROLE-ARN|NAME", Args: cobra.ExactArgs(1),
		Short: "Say what a role or user needs before it can be elevated",
		Long: `Read a role or user, and say what is left to do before it can be elevated. It
changes nothing: it prints the commands that do.

It says whether only AWS may change it, whether it has the tag and a boundary,
what its quotas leave for grants, whether its trust policy pins the session's
name, and what the boundary would take from what it may do today. For that it
evaluates today's policies with and without the boundary, on the actions that
they name and on examples for their wildcards. It does not look at policies of
resources, of sessions and of the organization.

It reads with AWS credentials of the principal's account, or, without any, the
output of aws iam get-account-authorization-details.`,
		Example: `  curfew onboard engineer-deploy
  curfew onboard arn:aws:iam::111122223333:role/engineer-deploy \
      --boundary curfew-boundary
  curfew onboard legacy-admin --world shared/inprocess/example-world.json`,
	}, func(ctx context.Context, args []string) error { return a.onboard(ctx, args[0], world, set) })
	f := c.Flags()
	f.StringVar(&set.Name, "name", "curfew", "name of the installation")
	f.StringSliceVar(&set.Boundaries, "boundary", nil, "an accepted boundary, by name or ARN; repeat it for more (default <name>-boundary)")
	f.StringVar(&world, "world", "", "file of the account's details, to read instead of AWS; - is standard input")
	return c
}

func (a *app) onboard(ctx context.Context, principal, world string, set onboard.Settings) error {
	subject, err := a.subject(ctx, principal, world, set)
	if errors.Is(err, onboard.ErrMissing) {
		return &failure{NotFound, principal + ": " + err.Error() + "; check the name, and of which account the credentials are"}
	}
	if err != nil {
		return explainAWS(err)
	}
	report, err := onboard.Examine(subject, set)
	if err != nil {
		return err
	}
	return a.print(report, func(w io.Writer) error { return printReport(w, report) })
}

func (a *app) subject(ctx context.Context, principal, world string, set onboard.Settings) (onboard.Subject, error) {
	if world == "" {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		config, err := a.reader(ctx)
		if err != nil {
			return onboard.Subject{}, err
		}
		if config.Region == "" {
			config.Region = "us-east-1" // IAM is the same in every Region
		}
		return onboard.Read(ctx, config, principal, set)
	}
	content, err := a.readAll(world)
	if err != nil {
		return onboard.Subject{}, usage("--world: %v", err)
	}
	s, err := onboard.FromFile(content, principal, set)
	if err != nil && !errors.Is(err, onboard.ErrMissing) {
		return s, usage("%v; --world is %s", err, world)
	}
	return s, err
}

func (a *app) readAll(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(a.Stdin)
	}
	return a.ReadFile(path)
}

// reader is a configuration for clients that only read AWS. It fetches the credentials, so that missing ones are
// reported once.
func (a *app) reader(ctx context.Context) (aws.Config, error) {
	a.settling.Lock()
	defer a.settling.Unlock()
	if err := a.resolveEndpoint(); err != nil {
		return aws.Config{}, err
	}
	config, err := a.awsConfig(ctx)
	if err == nil {
		_, err = config.Retrieve(ctx)
	}
	return config.ReadOnly(), err
}

// readerIn is reader for a Region; empty: that of the environment or the profile.
func (a *app) readerIn(ctx context.Context, region string) (aws.Config, error) {
	config, err := a.reader(ctx)
	if err != nil {
		return config, err
	}
	if config.Region = or(region, config.Region); config.Region == "" {
		return config, usage("the Region is not known: give --region, or set AWS_REGION")
	}
	return config, nil
}

// explainAWS makes a failure of an error of AWS; it returns other errors as they are.
func explainAWS(err error) error {
	_, asked := errors.AsType[*smithy.OperationError](err)
	_, none := errors.AsType[*sdk.CredentialsError](err)
	switch says := sdk.Says(err); {
	case !asked || none || errors.Is(err, context.DeadlineExceeded):
		return err
	case sdk.IsDenied(err):
		return &failure{Denied, says + "; use credentials that may read there"}
	case sdk.IsMissing(err):
		return &failure{NotFound, says + "; check the name, the account and the Region"}
	case sdk.IsUnavailable(err):
		return &failure{Unavailable, says + "; try again"}
	default:
		return &failure{Unexpected, says}
	}
}

func printReport(w io.Writer, r onboard.Report) error {
	if r.Protected != "" {
		return facts(w, "", "principal", r.ARN, "id", r.ID, "protected", "yes: "+r.Protected)
	}
	boundary := "none; set " + r.Accepted[0]
	switch {
	case r.Bounded:
		boundary = r.Boundary + ", which is accepted"
	case r.Boundary != "":
		boundary = r.Boundary + ", which is not accepted; set " + r.Accepted[0]
	}
	room := fmt.Sprintf("%d of %d characters inline, %d of %d managed policies", r.Room.Inline, r.Room.InlineQuota, r.Room.Attached, r.Room.AttachedQuota)
	err := facts(w, "", "principal", r.ARN, "id", r.ID, "protected", "no",
		"tag "+r.Tag, when(r.Managed, "set")+when(!r.Managed, "missing"), "boundary", boundary,
		"room for grants", room+when(r.Room.Assumed, " (of the usual quotas)"), "session", r.Session.Says)
	if err != nil {
		return err
	}
	printLosses(w, r)
	if len(r.Do) == 0 {
		_, err := fmt.Fprintln(w, "\nNothing is left to do: it can be elevated by every entitlement that names it.")
		return err
	}
	fmt.Fprintln(w, "\nLeft to do, in this order:")
	for _, command := range r.Do {
		fmt.Fprintln(w, "  "+printable(command))
	}
	return nil
}

func printLosses(w io.Writer, r onboard.Report) {
	switch {
	case r.Unknown != "":
		fmt.Fprintf(w, "\nWhat the boundary takes away is not known: %s\n", printable(r.Unknown))
	case len(r.Losses) == 0:
		fmt.Fprintln(w, "\nThe boundary takes away no action that was tried.")
	default:
		fmt.Fprintln(w, "\nThe boundary takes away, of what is allowed without it:")
	}
	for _, l := range r.Losses {
		fmt.Fprintln(w, "  by "+printable(l.By))
		// the last write to w returns its error again
		_ = facts(w, "    ", "actions", actionsOf(l), "when", l.When,
			"on", when(l.Where != "", "for example "+l.Where), "allowed by", strings.Join(l.From, "; "))
	}
	for _, u := range r.Untried {
		fmt.Fprintln(w, "  not compared: "+printable(u))
	}
}

// shownExamples is how many examples people see; -o json has all.
const shownExamples = 8

// actionsOf are the actions of a loss. Of many examples it takes every nth, so that several services appear.
func actionsOf(l onboard.Loss) string {
	if !l.Examples {
		return strings.Join(l.Actions, " ")
	}
	step := (len(l.Actions) + shownExamples - 1) / shownExamples
	var shown []string
	for i := 0; i < len(l.Actions); i += step {
		shown = append(shown, l.Actions[i])
	}
	return fmt.Sprintf("for example %s (%d of %d found)", strings.Join(shown, " "), len(shown), len(l.Actions))
}
