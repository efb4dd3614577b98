// Command infra is the CDK app of Curfew: what is deployed, as a list of resources. It is a module of its own and reads what
// it needs of the rest as files: the built functions, the catalog and the state machine.
//
//   - settings.go: what an installation may choose. names.go: what everything is called.
//   - permissions*.go: every IAM statement there is.
//   - home.go: the stack of the account that Curfew lives in; member.go: that of each account where it elevates.
//   - catalog.go: what is made by the catalog; intake.go, bus.go: how events come in.
//   - tables.go, functions.go, machine.go, doors.go, nets.go, channels.go, watch.go, alarms.go, silences.go,
//     dashboard.go: what home is made of.
//   - limits.go: what would be refused by AWS is refused at synth.
package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "curfew:", err)
		os.Exit(1)
	}
}

// run makes the stacks of the settings in the CDK's context, and writes the SCP beside their templates.
func run() error {
	app := awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: jsii.Bool(false), Outdir: outdir()})
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	s, err := readSettings(context)
	if err != nil {
		return err
	}
	if err := build(app, s, repository{root: ".."}); err != nil {
		return err
	}
	out := *app.Synth(nil).Directory()
	return os.WriteFile(filepath.Join(out, s.resource("scp.json")), scpFile(s), 0o644)
}

// outdir is where the CDK's command line wants the templates. It says so as seen from cdk.json, in the folder above.
func outdir() *string {
	out := cmp.Or(os.Getenv("CDK_OUTDIR"), "cdk.out")
	if !filepath.IsAbs(out) {
		out = filepath.Join("..", out)
	}
	return &out
}

// build adds the stacks to the app, after everything that can be refused was looked at.
func build(app awscdk.App, s Settings, files repository) error {
	machine, err := files.built()
	if err != nil {
		return err
	}
	if s.catalog, err = files.readCatalog(); err != nil {
		return err
	}
	if err := s.limits(); err != nil {
		return err
	}
	home := newHome(app, s, files, machine)
	for _, w := range s.warnings() {
		key, _, _ := strings.Cut(w, " ")
		awscdk.Annotations_Of(home).AddWarningV2(str(s.Name+":"+key), str(w))
	}
	if s.Home != "" {
		newMember(app, s)
	}
	return nil
}
