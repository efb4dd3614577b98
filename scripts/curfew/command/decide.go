package command

import (
	"bufio"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
)

var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (a *app) approveCommand() *cobra.Command {
	var d client.Decide
	var withdraw bool
	c := a.command(&cobra.Command{
		Use: "approve ID", Short: "Approve the terms of an elevation, or withdraw your approval", Args: oneID, ValidArgsFunction: a.completeID(access.Requested),
		Long: `Approve the terms of an elevation.

On a terminal it shows the terms, and what they add to what the principal has
today, and asks. Elsewhere give the --digest of the terms that you read with
curfew show, and the hash of the difference as --seen: you approve only what you
have seen.

Until enough have approved, you can deny it, or withdraw your approval.`,
		Example: "  curfew approve 01k6y3m1x8q2v4t6w8y0a2c4e6\n  curfew approve 01k6y3m1x8q2v4t6w8y0a2c4e6 \\\n      --digest \"$DIGEST\" --reason \"seen in the change calendar\"\n  curfew approve 01k6y3m1x8q2v4t6w8y0a2c4e6 --withdraw",
	}, func(ctx context.Context, args []string) error {
		id, err := a.idOf(ctx, args[0])
		if err != nil {
			return err
		}
		if d.Decision = client.Approve; withdraw {
			return a.decide(ctx, id, client.Decide{Decision: client.Withdraw, Reason: d.Reason})
		}
		if d.Digest == "" {
			if d.Digest, d.Seen, err = a.readTerms(ctx, id); err != nil {
				return err
			}
		}
		if !digest.MatchString(d.Digest) {
			return usage("--digest %q: want 64 hexadecimal digits, as curfew show gives them", d.Digest)
		}
		if d.Seen != "" && !digest.MatchString(d.Seen) {
			return usage("--seen %q: want 64 hexadecimal digits: the hash of the difference that curfew show gives", d.Seen)
		}
		return a.decide(ctx, id, d)
	})
	c.Flags().StringVar(&d.Digest, "digest", "", "digest of the terms that you read")
	c.Flags().StringVar(&d.Seen, "seen", "", "hash of the difference that you read: refused if it is another now")
	c.Flags().StringVar(&d.Reason, "reason", "", "why, for the record")
	c.Flags().BoolVar(&withdraw, "withdraw", false, "withdraw your approval")
	c.MarkFlagsMutuallyExclusive("withdraw", "digest")
	c.MarkFlagsMutuallyExclusive("withdraw", "seen")
	return c
}

func (a *app) denyCommand() *cobra.Command {
	d := client.Decide{Decision: client.Deny}
	c := a.command(&cobra.Command{
		Use: "deny ID", Short: "Deny a request: one denial is enough, and is final", Args: oneID, ValidArgsFunction: a.completeID(access.Requested),
		Example: "  curfew deny 01k6y3m1x8q2v4t6w8y0a2c4e6 --reason \"not in this window\"",
	}, func(ctx context.Context, args []string) error {
		id, err := a.idOf(ctx, args[0])
		if err != nil {
			return err
		}
		shown, err := a.show(ctx, id)
		if err != nil {
			return err
		}
		d.Digest = shown.Digest
		return a.decide(ctx, id, d)
	})
	c.Flags().StringVar(&d.Reason, "reason", "", "why, for the requester and the record")
	requireFlags(c, "reason")
	return c
}

func (a *app) decide(ctx context.Context, id string, d client.Decide) error {
	decide := func() (client.Elevation, error) {
		return bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return c.Decide(ctx, id, d) })
	}
	e, err := decide()
	if again, failed := a.stepUp(ctx, err); failed != nil {
		return failed
	} else if again {
		e, err = decide()
	}
	if err != nil {
		return err
	}
	return a.printElevation(e)
}

// readTerms shows the terms and asks. If the answer is yes, it returns their digest, and the hash of the difference.
func (a *app) readTerms(ctx context.Context, id string) (digest, seen string, err error) {
	if !a.AskTerminal {
		return "", "", usage("approve: there is no terminal to show the terms on: read them with curfew show %s, and give their digest with --digest, and the hash of the difference with --seen", id)
	}
	d, err := a.show(ctx, id)
	if err != nil {
		return "", "", err
	}
	if err := checkTerms(d); err != nil {
		return "", "", err
	}
	if d.State != "requested" {
		return "", "", &failure{Conflict, fmt.Sprintf("elevation %s is %s: there is nothing to approve", id, d.State)}
	}
	if err := a.writeTerms(a.Stderr, d); err != nil {
		return "", "", err
	}
	fmt.Fprint(a.Stderr, "approve these terms? (yes/no) ")
	answer, err := a.ask(ctx)
	if err != nil {
		return "", "", err
	}
	if answer != "yes" {
		return "", "", &failure{OtherEnd, "not approved: the answer was not yes, in full; nothing was decided"}
	}
	if d.Difference != nil {
		seen = d.Difference.Hash
	}
	return d.Digest, seen, nil
}

// ask reads one line, or returns when the context is over.
func (a *app) ask(ctx context.Context) (string, error) {
	line := make(chan string, 1)
	if a.answers == nil { // a reader may take more than one answer from Stdin
		a.answers = bufio.NewReader(a.Stdin)
	}
	go func() { // the read cannot be stopped: it ends with the process or its input
		text, _ := a.answers.ReadString('\n') // no answer is not yes
		line <- strings.TrimSpace(text)
	}()
	select {
	case text := <-line:
		return text, nil
	case <-ctx.Done():
		return "", &failure{Interrupted, "interrupted: nothing was decided"}
	}
}

// askMFA asks for an MFA code, for AssumeRole.
func (a *app) askMFA() (string, error) {
	fmt.Fprint(a.Stderr, "MFA code for AWS: ")
	return a.ask(context.Background())
}
