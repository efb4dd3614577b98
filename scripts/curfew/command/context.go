package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"curfew/scripts/curfew/atomicfile"
	"curfew/scripts/curfew/client"
	"curfew/shared/catalog"
)

// contextFile is config.yaml: the installations that this person calls. It has no secrets, only where to find them.
type contextFile struct {
	Current  string                  `yaml:"current,omitempty" json:"current,omitempty"`
	Contexts map[string]namedContext `yaml:"contexts,omitempty" json:"contexts"`
}

// namedContext is one installation, and how to call it.
type namedContext struct {
	Endpoint     string   `yaml:"endpoint" json:"endpoint"`
	Region       string   `yaml:"region,omitempty" json:"region,omitempty"`               // to sign for
	Profile      string   `yaml:"profile,omitempty" json:"profile,omitempty"`             // of AWS
	TokenEnv     string   `yaml:"token_env,omitempty" json:"token_env,omitempty"`         // the variable that holds a person's token
	TokenCommand []string `yaml:"token_command,omitempty" json:"token_command,omitempty"` // prints a person's token; run without a shell

	// Of curfew login, which confirmed them.
	Issuer   string   `yaml:"issuer,omitempty" json:"issuer,omitempty"`
	ClientID string   `yaml:"client_id,omitempty" json:"client_id,omitempty"`
	Scopes   []string `yaml:"scopes,omitempty" json:"scopes,omitempty"`
	Audience string   `yaml:"audience,omitempty" json:"audience,omitempty"`
}

// hasCredentials reports whether the context has credentials.
func (c namedContext) hasCredentials() bool {
	return c.Profile != "" || c.TokenEnv != "" || len(c.TokenCommand) > 0 || c.Issuer != ""
}

// credentialsText names the context's credentials, for people.
func (a *app) credentialsText(ctx context.Context, c namedContext) string {
	switch {
	case len(c.TokenCommand) > 0:
		return "token of " + c.TokenCommand[0]
	case c.TokenEnv != "":
		return "token in " + c.TokenEnv
	case c.Issuer != "":
		return a.loginText(ctx, c)
	case c.Profile != "":
		return "AWS profile " + c.Profile
	}
	return "CURFEW_TOKEN or AWS credentials"
}

func (a *app) contextPath() string { return filepath.Join(a.ConfigHome, "curfew", "config.yaml") }

// readContexts reads the file, if it exists. It refuses a file that others may write: it could send a token to them, or
// run their command.
func (a *app) readContexts() (contextFile, error) {
	none := contextFile{Contexts: map[string]namedContext{}}
	if a.ConfigHome == "" {
		return none, nil
	}
	path := a.contextPath()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, usage("%v", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return none, usage("%s: others may write it: chmod 600 %s", path, path)
	}
	b, err := a.ReadFile(path)
	if err != nil {
		return none, usage("%v", err)
	}
	if err := catalog.CheckYAML(b); err != nil {
		return none, usage("%s: %v", path, err)
	}
	got := none
	if err := yaml.UnmarshalWithOptions(b, &got, yaml.Strict()); err != nil {
		return none, usage("%s: %s", path, strings.Join(strings.Fields(yaml.FormatError(err, false, false)), " "))
	}
	return got, nil
}

func (a *app) writeContexts(f contextFile) error {
	b, err := yaml.Marshal(f)
	if err != nil {
		return err
	}
	path := a.contextPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, b)
}

// tokenFor is how long a printed token is used before the command runs again.
const tokenFor = time.Minute

// contextToken returns the token of the context; empty: it has none.
func (a *app) contextToken(ctx context.Context) (string, error) {
	c := a.context
	switch {
	case c.TokenEnv != "":
		a.credentialsFrom = "the token in " + c.TokenEnv
		token := strings.TrimSpace(a.Getenv(c.TokenEnv))
		if token == "" {
			return "", &failure{Unauthenticated, "no credentials found: the context wants a token in " + c.TokenEnv + ", which is not set"}
		}
		return token, checkToken(token, c.TokenEnv)
	case len(c.TokenCommand) > 0:
		a.credentialsFrom = "the token of " + c.TokenCommand[0]
		if a.fetched != "" && a.Now().Sub(a.fetchedAt) < tokenFor {
			return a.fetched, nil
		}
		ask := exec.CommandContext(ctx, c.TokenCommand[0], c.TokenCommand[1:]...)
		ask.Stdin, ask.Stderr = a.Stdin, a.Stderr
		out, err := ask.Output()
		token := strings.TrimSpace(string(out))
		if err != nil || token == "" {
			return "", &failure{Unauthenticated, fmt.Sprintf("no credentials found: the context's token command %s gave no token: %s", c.TokenCommand[0], or(errorText(err), "it printed nothing"))}
		}
		a.fetched, a.fetchedAt = token, a.Now()
		return token, checkToken(token, c.TokenCommand[0])
	case c.Issuer != "":
		return a.loginToken(ctx)
	}
	return "", nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (a *app) contextCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "context", Short: "Name the installations that you call, and choose one",
		Long: `Name the installations that you call, and choose one.

A context is an address and how to call it: a login (curfew login), an AWS
profile, a variable that holds a token, or a command that prints one. Contexts
are kept in curfew/config.yaml below $XDG_CONFIG_HOME (~/.config), without any
secret.

A flag overrides the environment (CURFEW_ENDPOINT, CURFEW_TOKEN, AWS_PROFILE,
AWS_REGION), and the environment overrides the context in use. --context is a
flag. Credentials of a context are sent to its own address only.`,
		Example: `  curfew context set prod --endpoint https://curfew.example.com --profile prod
  curfew context use prod
  curfew context list`,
	}
	c.AddCommand(a.contextList(), a.contextUse(), a.contextSet())
	return c
}

func (a *app) contextList() *cobra.Command {
	return a.command(&cobra.Command{Use: "list", Short: "List the contexts, and who is logged in", Args: cobra.NoArgs}, func(ctx context.Context, _ []string) error {
		f, err := a.readContexts()
		if err != nil {
			return err
		}
		return a.print(f, func(w io.Writer) error {
			if len(f.Contexts) == 0 {
				_, err := fmt.Fprintln(w, "No contexts. curfew login NAME --endpoint URL makes one, and curfew context set.")
				return err
			}
			rows := [][]string{{"", "NAME", "ENDPOINT", "CALLS WITH"}}
			for _, name := range slices.Sorted(maps.Keys(f.Contexts)) {
				rows = append(rows, []string{when(name == f.Current, "*"), name, f.Contexts[name].Endpoint, a.credentialsText(ctx, f.Contexts[name])})
			}
			return a.table(w, rows)
		})
	})
}

func (a *app) contextUse() *cobra.Command {
	return a.command(&cobra.Command{
		Use: "use NAME", Short: "Choose the context that is used from now on", Args: cobra.ExactArgs(1), ValidArgsFunction: a.completeContext,
	}, func(_ context.Context, args []string) error {
		f, err := a.readContexts()
		if err != nil {
			return err
		}
		if _, ok := f.Contexts[args[0]]; !ok {
			return &failure{NotFound, fmt.Sprintf("there is no context %q; curfew context list shows all", args[0])}
		}
		f.Current = args[0]
		return a.writeContexts(f)
	})
}

func (a *app) contextSet() *cobra.Command {
	var next namedContext
	c := a.command(&cobra.Command{
		Use: "set NAME", Short: "Make a context, or replace it; the first one is used at once", Args: cobra.ExactArgs(1), ValidArgsFunction: a.completeContext,
		Example: `  curfew context set prod --endpoint https://curfew.example.com \
      --token-command op --token-command read \
      --token-command op://private/curfew/token
  curfew context set local --endpoint http://127.0.0.1:8080 \
      --token-env LOCAL_TOKEN`,
	}, func(_ context.Context, args []string) error {
		next.Endpoint = a.endpoint
		if _, err := client.ParseEndpoint(next.Endpoint); err != nil {
			return usage("--endpoint: %v", err)
		}
		if next.TokenEnv != "" && len(next.TokenCommand) > 0 {
			return usage("want one of --token-env and --token-command")
		}
		if a.ConfigHome == "" {
			return usage("there is no place for contexts: set XDG_CONFIG_HOME or HOME")
		}
		f, err := a.readContexts()
		if err != nil {
			return err
		}
		if err := a.checkNoTokens(args[0], f.Contexts[args[0]]); err != nil {
			return err
		}
		f.Contexts[args[0]], f.Current = next, or(f.Current, args[0])
		return a.writeContexts(f)
	})
	f := c.Flags()
	f.StringVar(&next.Region, "region", "", "Region to sign for, if the address does not contain it")
	f.StringVar(&next.Profile, "profile", "", "AWS profile to sign with")
	f.StringVar(&next.TokenEnv, "token-env", "", "variable that holds a person's token")
	f.StringArrayVar(&next.TokenCommand, "token-command", nil, "program that prints a person's token; repeat it for each word of its command line")
	return c
}

// completeContext offers the names of the contexts.
func (a *app) completeContext(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	f, err := a.readContexts()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Sorted(maps.Keys(f.Contexts)), cobra.ShellCompDirectiveNoFileComp
}
