// Command wait stores task tokens: states AskApprovers, Hold and Lapse.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/stepfunctions"
)

func main() { os.Exit(onaws.Run("wait", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.WaitConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Store, s.Workflow = dynamo.New(sdk, cfg.TablesConfig), onaws.Workflow{Tasks: stepfunctions.NewTasks(sdk)}
	return onaws.Task(f, onaws.NoOutput(s.Wait)), nil
}
