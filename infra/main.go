// Command infra is Curfew's CDK app. It is a separate module and reads the built functions, the catalog and the
// state machine as files.
// Only permissions*.go write IAM statements.
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

// run synthesizes the stacks, and writes the SCPs to the same folder.
func run() error {
	app := awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: jsii.Bool(false), Outdir: outputFolder()})
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	s, err := readSettings(context)
	if err != nil {
		return err
	}
	if err := build(app, s, repository{root: ".."}); err != nil {
		return err
	}
	assembly := app.Synth(nil)
	for _, stack := range *assembly.Stacks() {
		name := *stack.StackName()
		if err := checkTemplate(name, stack.Template(), name != s.Name && name != s.resource("data")); err != nil {
			return err
		}
	}
	for name, text := range scpFiles(s) {
		if err := os.WriteFile(filepath.Join(*assembly.Directory(), s.resource(name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// outputFolder: CDK_OUTDIR is relative to cdk.json, in the folder above.
func outputFolder() *string {
	out := cmp.Or(os.Getenv("CDK_OUTDIR"), "cdk.out")
	if !filepath.IsAbs(out) {
		out = filepath.Join("..", out)
	}
	return &out
}

func build(app awscdk.App, s Settings, files repository) error {
	machine, err := files.built()
	if err != nil {
		return err
	}
	if s.catalog, err = files.readCatalog(); err != nil {
		return err
	}
	if s.lake, err = files.readLake(); err != nil {
		return err
	}
	if err := s.limits(); err != nil {
		return err
	}
	home, err := newHome(app, s, files, machine)
	if err != nil {
		return err
	}
	home.AddDependency(newData(app, s), nil)
	for _, w := range s.warnings() {
		key, _, _ := strings.Cut(w, " ")
		awscdk.Annotations_Of(home).AddWarningV2(str(s.Name+":"+key), str(w))
	}
	if s.Home != "" {
		newMember(app, s)
	}
	if s.Log.Bucket != "" {
		newLog(app, s)
	}
	for _, region := range routes(s).regions() {
		newRegion(app, s, region)
	}
	return nil
}
