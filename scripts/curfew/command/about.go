package command

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "version", Short: "Show which build this is", Args: cobra.NoArgs,
	}, func(context.Context, []string) error {
		v := readBuildInfo()
		return a.print(v, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "curfew %s, revision %s, %s\n", v.Version, v.Revision, v.Go)
			return err
		})
	})
}

// buildInfo is which build this is.
type buildInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // "unknown" if it was not built in a clone
	Go       string `json:"go"`
}

// version and revision are set by the linker (scripts/release), whose build does not read the repository's state.
var version, revision string

func readBuildInfo() buildInfo {
	b := buildInfo{"unknown", "unknown", "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version, b.Go = or(info.Main.Version, "(devel)"), info.GoVersion
	var modified bool
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	b.Revision += when(modified, " (modified)")
	b.Version, b.Revision = or(version, b.Version), or(revision, b.Revision)
	return b
}

func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	shells := map[string]func(io.Writer) error{
		"bash": func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":  func(w io.Writer) error { return root.GenZshCompletion(w) },
		"fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
	}
	return a.command(&cobra.Command{
		Use: "completion bash|zsh|fish", Short: "Write a completion script for a shell",
		Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs), ValidArgs: []string{"bash", "zsh", "fish"},
		Example: "  source <(curfew completion bash)\n  curfew completion zsh > \"${fpath[1]}/_curfew\"\n  curfew completion fish > ~/.config/fish/completions/curfew.fish",
	}, func(_ context.Context, args []string) error { return shells[args[0]](a.Stdout) })
}
