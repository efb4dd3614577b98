package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/doctor"
	"curfew/statemachines"
)

func (a *app) doctorCommand() *cobra.Command {
	set, dir := doctor.Settings{Definition: statemachines.Elevation()}, ""
	c := a.command(&cobra.Command{
		Use: "doctor", Args: cobra.NoArgs,
		Short: "Check a deployed installation, without changing anything",
		Long: `Check a deployed installation from outside, without changing anything: with AWS
credentials that may read in its account.

One line for each check: ok, "not set up" or WRONG, with what to do. Exit code 1
if a check is wrong or its call failed. What these credentials cannot read is
listed as not checked, with the command that checks it. With --catalog, it lists
the granted actions that the trails of the account do not show.`,
		Example: `  curfew doctor
  curfew doctor --catalog ./catalog
  curfew doctor --name curfew --region eu-central-1 -o json`,
	}, func(ctx context.Context, _ []string) error {
		if dir != "" {
			c, err := a.load(dir)
			if err != nil {
				return err
			}
			set.Entitlements = c.Entitlements()
		}
		return a.doctor(ctx, set)
	})
	c.Flags().StringVar(&dir, "catalog", "", "directory of the installation's catalog")
	c.Flags().StringVar(&set.Name, "name", "curfew", "name of the installation")
	c.Flags().StringVar(&set.Region, "region", "", "its Region (default that of the environment or the profile)")
	return c
}

func (a *app) doctor(ctx context.Context, set doctor.Settings) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	config, err := a.readerIn(ctx, set.Region)
	if err != nil {
		return err
	}
	set.Region, set.Now = config.Region, a.Now
	findings, err := doctor.Examine(ctx, config, set)
	if err != nil {
		return explainAWS(err)
	}
	if err := a.print(findings, func(w io.Writer) error { return printFindings(w, findings) }); err != nil {
		return err
	}
	wrong, unseen := 0, 0
	for _, f := range findings {
		wrong += map[doctor.State]int{doctor.Wrong: 1}[f.State]
		unseen += map[doctor.State]int{doctor.NotChecked: 1}[f.State]
	}
	if wrong > 0 {
		return &failure{Unexpected, fmt.Sprintf("%s of %d wrong, %d not checked; do what its line says", count(wrong, "check", "checks"), len(findings), unseen)}
	}
	return nil
}

func printFindings(w io.Writer, all []doctor.Finding) error {
	var rows [][]string
	for _, f := range all {
		rows = append(rows, []string{string(f.State), f.Check, f.Says + when(f.Do != "", "; "+f.Do)})
	}
	return table(w, rows)
}
