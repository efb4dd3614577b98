package command

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

var (
	unknownCommand = regexp.MustCompile(`^unknown command "(.*)" for "curfew"`)
	missingFlags   = regexp.MustCompile(`^required flag\(s\) (.*) not set$`)
	badValue       = regexp.MustCompile(`^invalid argument "(.*)" for "(?:-\w, )?(--[\w-]+)" flag: (.*)$`)
)

// parserWords says what the parser refused, and what to do.
func parserWords(root *cobra.Command, args []string, err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	help := "curfew help"
	if c, _, found := root.Find(args); found == nil && c != root {
		help = strings.Replace(c.CommandPath(), "curfew", "curfew help", 1)
	}
	if m := unknownCommand.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("there is no command %q%s curfew help lists all", m[1], suggestions(root, m[1]))
	}
	if m := missingFlags.FindStringSubmatch(text); m != nil {
		return "want --" + strings.ReplaceAll(strings.ReplaceAll(m[1], `"`, ""), ", ", ", --") + " too; see " + help
	}
	if m := badValue.FindStringSubmatch(text); m != nil {
		want := m[3]
		switch {
		case strings.Contains(want, "duration"):
			want = "want a duration with its unit, as 30m or 1h30m"
		case strings.Contains(want, "strconv.ParseInt"):
			want = "want a whole number"
		}
		return fmt.Sprintf("%s %q: %s", m[2], m[1], want)
	}
	return text + "; see " + help
}

// suggestions suggests commands for a typed word.
func suggestions(c *cobra.Command, typed string) string {
	c.SuggestionsMinimumDistance = 2
	c.DisableSuggestions = false
	near := c.SuggestionsFor(typed)
	c.DisableSuggestions = true
	if len(near) == 0 {
		return ";"
	}
	return ": did you mean " + strings.Join(near, " or ") + "?"
}

// exactlyOne wants exactly one argument, and says which.
func exactlyOne(what, where string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "" {
			return nil
		}
		return usage("%s: want %s, and %d are given; %s", strings.TrimPrefix(c.CommandPath(), "curfew "), what, len(args), where)
	}
}

func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return a.command(&cobra.Command{
		Use: "help [COMMAND]", Short: "Explain a command",
		ValidArgsFunction: func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
			for _, c := range root.Commands() {
				names = append(names, c.Name()+"\t"+c.Short)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}, func(_ context.Context, args []string) error {
		c, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			name := strings.Join(args, " ")
			return usage("there is no command %q%s curfew help lists all", name, suggestions(root, name))
		}
		c.InitDefaultHelpFlag()
		return c.Help()
	})
}
