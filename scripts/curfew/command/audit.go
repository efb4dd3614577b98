package command

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/shared/audit/queries"
	"curfew/shared/nearest"
)

// auditFlags are what the command line of audit says.
type auditFlags struct {
	lakeFlags
	from, to string
	set      []string
	show     bool
}

// auditedSpan is the period of queries if the command line names none.
const auditedSpan = 30 * 24 * time.Hour

func (a *app) auditCommand() *cobra.Command {
	var f auditFlags
	c := a.command(&cobra.Command{
		Use: "audit [QUERY]", Short: "Ask the evidence: who had what power, when and why", Args: cobra.MaximumNArgs(1),
		Annotations: map[string]string{moreOutput: "csv"},
		Long: `Ask the evidence: who had what power, when and why, and what was done with it.

Without QUERY it lists the queries. --show prints one, with its parameters. The
rows are those of the lake in a folder, as "aws s3 sync" makes it, or of Athena.
It needs no API.

-o csv is for spreadsheets: a text that a spreadsheet would run begins with '.`,
		Example: `  curfew audit
  curfew audit held-at --show
  curfew audit held-at --lake ./lake --set account=111122223333 \
      --set at=2026-11-30T12:00:00Z
  curfew audit never-used --lake ./lake --from 2026-10-01 --to 2026-11-01 -o csv`,
		ValidArgsFunction: func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
			for _, q := range queries.All() {
				names = append(names, q.Name+"\t"+q.About)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}, func(ctx context.Context, args []string) error {
		if len(args) == 0 {
			return a.listQueries()
		}
		q, err := findQuery(args[0])
		switch {
		case err != nil:
			return err
		case f.show:
			return a.print(q, func(w io.Writer) error {
				_, err := io.WriteString(w, q.Text)
				return err
			})
		}
		return a.audit(ctx, q, f)
	})
	f.lakeFlags.add(c)
	flags := c.Flags()
	flags.StringVar(&f.from, "from", "", "begin of the period, a date or RFC 3339 (default 30 days ago)")
	flags.StringVar(&f.to, "to", "", "end of the period, which is not in it (default now)")
	flags.StringArrayVar(&f.set, "set", nil, "NAME=VALUE of a parameter; repeat it for more")
	flags.BoolVar(&f.show, "show", false, "print the query, do not run it")
	c.AddCommand(a.auditRebuildCommand())
	return c
}

func findQuery(name string) (queries.Query, error) {
	q, err := queries.Find(name)
	if err == nil {
		return q, nil
	}
	var names []string
	for _, q := range queries.All() {
		names = append(names, q.Name)
	}
	near := nearest.Of(name, names)
	return q, &failure{NotFound, err.Error() + when(near != "", ": did you mean "+near+"?") + when(near == "", "; curfew audit lists all")}
}

func (a *app) listQueries() error {
	all := queries.All()
	return a.print(all, func(w io.Writer) error {
		rows := [][]string{{"QUERY", "ANSWERS"}}
		for _, q := range all {
			rows = append(rows, []string{q.Name, q.About})
		}
		return a.table(w, rows)
	})
}

// audit runs a query.
func (a *app) audit(ctx context.Context, q queries.Query, f auditFlags) error {
	by, err := a.parameters(q, f)
	if err != nil {
		return err
	}
	args, err := q.Args(by)
	if err != nil {
		return usage("audit %s: %v", q.Name, err)
	}
	engine, done, err := a.engine(ctx, f.lakeFlags, q)
	if err != nil {
		return err
	}
	defer done()
	r, err := engine.Run(ctx, q, args)
	if err != nil {
		return err
	}
	return a.printAnswer(q, by, r)
}

// parameters are the values of the query's parameters by name, from --set, --from and --to.
func (a *app) parameters(q queries.Query, f auditFlags) (map[string]string, error) {
	by := map[string]string{}
	for _, pair := range f.set {
		name, value, ok := strings.Cut(pair, "=")
		if _, twice := by[name]; !ok || twice {
			return nil, usage("--set %q: want NAME=VALUE, each name once", pair)
		}
		by[name] = value
	}
	now := a.Now().UTC()
	for _, flag := range []struct {
		name, value string
		otherwise   time.Time
	}{{"from", f.from, now.Add(-auditedSpan)}, {"to", f.to, now}} {
		asks := slices.ContainsFunc(q.Parameters, func(p queries.Parameter) bool { return p.Name == flag.name })
		switch _, set := by[flag.name]; {
		case set:
			return nil, usage("--set %s: give --%s", flag.name, flag.name)
		case flag.value != "":
			by[flag.name] = flag.value
		case asks:
			by[flag.name] = flag.otherwise.Format(time.RFC3339)
		}
	}
	for _, p := range q.Parameters {
		if _, given := by[p.Name]; !given {
			return nil, usage("audit %s: want --set %s=%s: %s", q.Name, p.Name, strings.ToUpper(string(p.Type)), p.About)
		}
	}
	return by, nil
}
