package command

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"curfew/scripts/curfew/client"
)

// used is an elevation with what was done; nil: it was not granted.
type used struct {
	client.Detail
	Usage *client.Usage `json:"usage,omitempty"`
}

func (a *app) usage(ctx context.Context, e client.Elevation) (*client.Usage, error) {
	if e.GrantedAt.IsZero() {
		return nil, nil
	}
	u, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Usage, error) { return c.Usage(ctx, e.ID) })
	return &u, err
}

// writeUsage prints what was done. EventBridge brings most calls within minutes.
func (a *app) writeUsage(w io.Writer, u *client.Usage) error {
	if u == nil {
		return nil
	}
	if u.Events == 0 {
		_, err := fmt.Fprintln(w, "usage: CloudTrail has shown no call yet"+a.settled(u)+unseen(u))
		return err
	}
	fmt.Fprintf(w, "usage: %s%s, %d refused%s%s\n", when(u.AtLeast, "at least "), count(int(u.Events), "call", "calls"), u.Denied, a.settled(u), unseen(u))
	rows := [][]string{}
	add := func(what string, names client.UsedNames, most int) {
		for i, n := range names.Names {
			if i == most && a.output != "wide" {
				rows = append(rows, []string{"  " + what, fmt.Sprintf("and %d more", len(names.Names)-most), "", "", ""})
				break
			}
			rows = append(rows, []string{"  " + what, n.Name, strconv.FormatInt(n.Events, 10), a.instant(n.First), a.instant(n.Last)})
		}
	}
	add("action", u.Actions, 10)
	add("refused", u.Denials, 10)
	add("resource", u.Resources, 5)
	add("from", u.Sources, 5)
	for _, s := range u.Sessions {
		rows = append(rows, []string{"  session", s.Session[strings.IndexByte(s.Session, ':')+1:] + ", opened by " + openedBy(s), strconv.FormatInt(s.Events, 10), a.instant(s.First), a.instant(s.Last)})
	}
	for _, o := range u.Outlive.Names {
		rows = append(rows, []string{"  outlives", o.Name, "", "", a.instant(o.Last)})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	if u.AlsoStanding > 0 {
		fmt.Fprintf(w, "  %s would have been allowed without the elevation\n", count(int(u.AlsoStanding), "call", "calls"))
	}
	if u.Late > 0 {
		fmt.Fprintf(w, "  %s came after the grant was gone, before IAM enforced that\n", count(int(u.Late), "call", "calls"))
	}
	return nil
}

// settled says what is known: EventBridge may lose calls, log files do not.
func (a *app) settled(u *client.Usage) string {
	if u.Incomplete {
		return " (log files LACK calls that EventBridge brought: somebody may have changed them)"
	}
	if u.Settled.IsZero() || u.Settled.Before(u.Last.Truncate(time.Hour).Add(time.Hour)) {
		return " (log files may add more)"
	}
	return " (complete by log files until " + a.instant(u.Settled) + ")"
}

func unseen(u *client.Usage) string {
	return when(len(u.Unobservable) > 0, fmt.Sprintf("; %s of the grant are shown only where data events are logged", count(len(u.Unobservable), "action", "actions")))
}

// openedBy says who opened a session.
func openedBy(s client.UsedSession) string {
	if s.Who == "" {
		return s.Kind + when(s.Provisional, " (its opening may still come)")
	}
	return s.Kind + " " + nameOfARN(s.Who)
}
