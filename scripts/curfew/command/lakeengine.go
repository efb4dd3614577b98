package command

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
	"curfew/shared/onaws/athena"
)

// lakeFlags say where the rows of the log are asked.
type lakeFlags struct{ lake, athena, region string }

func (f *lakeFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.lake, "lake", "", "folder of the lake")
	flags.StringVar(&f.athena, "athena", "", "name of the installation whose lake Athena asks, in your account")
	flags.StringVar(&f.region, "region", "", "Region of Athena (default that of the environment or the profile)")
	c.MarkFlagsMutuallyExclusive("lake", "athena")
}

// words are the flags as given.
func (f lakeFlags) words() []string {
	if f.athena != "" {
		return []string{"--athena", f.athena}
	}
	return []string{"--lake", f.lake}
}

// engine opens the engine for these queries. Call done after use.
func (a *app) engine(ctx context.Context, f lakeFlags, all ...queries.Query) (engine queries.Engine, done func(), err error) {
	switch {
	case f.athena != "":
		config, err := a.writer(ctx, f.region)
		if err != nil {
			return nil, nil, err
		}
		return athena.New(config, f.athena), func() {}, nil
	case f.lake == "":
		return nil, nil, usage("no rows to ask: give --lake with the folder of a lake, or --athena with the name of the installation")
	case strings.HasPrefix(f.lake, "s3://"):
		return nil, nil, usage("--lake %s: copy it to a folder first (aws s3 sync %s ./lake), or give --athena", f.lake, f.lake)
	}
	e, err := sqlite.OpenFolder(ctx, f.lake, all...)
	if err != nil {
		return nil, nil, explainLog(err)
	}
	return e, func() { _ = e.Close() }, nil // the database is temporary
}
