package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/doctor"
	"curfew/scripts/curfew/preflight"
)

func (a *app) preflightCommand() *cobra.Command {
	var set preflight.Settings
	var given []string
	write, file := false, "cdk.json"
	c := a.command(&cobra.Command{
		Use: "preflight", Args: cobra.NoArgs,
		Short: "Look at an account before the first deployment",
		Long: `Look at an account before the first deployment, without changing it: what would
make the deployment fail, or leave a part of it without effect. With AWS
credentials that may read there: those of home, then with --home those of each
member account.

Give the settings as for the CDK, by -c key=value or in cdk.json. One line for
each check: ok, or WRONG with what to do. Exit code 1 if a check is wrong. With
--write, the reservations that fit the account go into cdk.json.`,
		Example: `  curfew preflight -c orgId=o-abc1234567 -c jwtIssuer=https://id.example.com
  curfew preflight --write
  curfew preflight --home 444455556666 -o json`,
	}, func(ctx context.Context, _ []string) error {
		if err := a.settle(&set, file, given); err != nil {
			return err
		}
		return a.preflight(ctx, set, file, write)
	})
	c.Flags().StringArrayVarP(&given, "setting", "c", nil, "a setting of the stacks, as key=value; the keys name, home, orgId and jwtIssuer are used")
	c.Flags().StringVar(&set.Home, "home", "", "account that Curfew runs in, for credentials of a member account")
	c.Flags().StringVar(&set.Region, "region", "", "Region to deploy in (default that of the environment or the profile)")
	c.Flags().BoolVar(&write, "write", false, "write the setting reserved into cdk.json")
	return c
}

// settle takes the settings of the file, then those of the command line.
func (a *app) settle(set *preflight.Settings, file string, given []string) error {
	all := map[string]string{"name": "curfew"}
	content, err := a.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage("%v", err)
	}
	if err == nil {
		var cdk struct {
			Context map[string]any `json:"context"`
		}
		if err := json.Unmarshal(content, &cdk); err != nil {
			return usage("%s: %v", file, err)
		}
		for key, value := range cdk.Context {
			all[key] = fmt.Sprint(value)
		}
	}
	for _, one := range given {
		key, value, ok := strings.Cut(one, "=")
		if !ok {
			return usage("-c %s is not key=value", one)
		}
		all[key] = value
	}
	set.Name, set.OrgID, set.Issuer = all["name"], all["orgId"], all["jwtIssuer"]
	set.Home = or(set.Home, all["home"])
	return nil
}

func (a *app) preflight(ctx context.Context, set preflight.Settings, file string, write bool) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	config, err := a.readerIn(ctx, set.Region)
	if err != nil {
		return err
	}
	set.Region = config.Region
	report, err := preflight.Examine(ctx, config, set)
	if err != nil {
		return explainAWS(err)
	}
	if err := a.print(report, func(w io.Writer) error { return printFindings(w, report.Findings) }); err != nil {
		return err
	}
	if write && report.Reserved != "" {
		if err := writeReserved(file, report.Reserved); err != nil {
			return err
		}
		fmt.Fprintf(a.Stderr, "wrote reserved=%s into %s\n", report.Reserved, file)
	}
	if wrong := slices.DeleteFunc(slices.Clone(report.Findings), func(f doctor.Finding) bool { return f.State != doctor.Wrong }); len(wrong) > 0 {
		return &failure{Unexpected, fmt.Sprintf("%s of %d wrong; do what its line says before you deploy", count(len(wrong), "check", "checks"), len(report.Findings))}
	}
	return nil
}

// writeReserved sets the reservations in the context of cdk.json. Other keys keep their values, and the file its indentation.
func writeReserved(file, reserved string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return usage("%v: run in the repository's root", err)
	}
	var cdk map[string]json.RawMessage
	if err := json.Unmarshal(content, &cdk); err != nil {
		return usage("%s: %v", file, err)
	}
	settings := map[string]json.RawMessage{}
	if len(cdk["context"]) > 0 {
		if err := json.Unmarshal(cdk["context"], &settings); err != nil {
			return usage("%s: context: %v", file, err)
		}
	}
	if settings["reserved"], err = json.Marshal(reserved); err != nil {
		return err
	}
	if cdk["context"], err = json.Marshal(settings); err != nil {
		return err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(cdk); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}
