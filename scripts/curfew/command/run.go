package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/login"
	"curfew/scripts/curfew/sdk"
	"curfew/shared/fault"
)

// Env is what a command uses of its process.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// AskTerminal: a person reads Stderr and can answer on Stdin. ProgressTerminal: Stderr can rewrite a line.
	AskTerminal, ProgressTerminal bool

	Getenv   func(string) string
	ReadFile func(path string) ([]byte, error)
	// ConfigHome is the folder for settings, as ~/.config; empty: there is none. The SDK finds AWS credentials itself.
	ConfigHome string
	Now        func() time.Time
	// Width returns the columns of Stdout; nil, or 0: it is no terminal, and nothing is cut.
	Width func() int

	// Environ returns the environment for a command; nil: empty.
	Environ func() []string
	// Signals returns the signals of this process until stop is called; nil: the end of the context counts as an
	// interrupt.
	Signals func(...os.Signal) (got <-chan os.Signal, stop func())
	// ControllingTerminal reports whether this process has one; nil: it has none.
	ControllingTerminal func() bool

	// Keyring keeps the tokens of logins; nil: a file does.
	Keyring login.Keyring
	// OpenBrowser shows a page to the person, and reports whether it could; nil: it cannot.
	OpenBrowser func(address string) bool
	// HasScreen: a browser can be on this machine, even if it cannot be opened.
	HasScreen bool

	// Transport may be nil: the default one.
	Transport http.RoundTripper
}

// app is one run of the command line: its process and the global flags.
type app struct {
	Env
	endpoint    string
	contextName string // of --context
	output      string
	zoneName    string
	zone        *time.Location
	timeout     time.Duration
	began       bool // the command line was understood
	answers     *bufio.Reader

	settling        sync.Mutex   // guards what follows
	isResolved      bool         // endpoint and context are found
	context         namedContext // empty: none applies
	inContext       string       // its name
	login           login.Tokens // of the context; without an access token: not read yet
	aws             *sdk.Config
	fetched         string // the token that a command printed
	fetchedAt       time.Time
	credentialsFrom string // what authenticates, for people
}

// Run runs one command line, without the program's name, and returns the exit code. It prints an error as one line on
// Stderr.
func Run(ctx context.Context, args []string, env Env) int {
	a := &app{Env: env, zone: time.UTC}
	a.ReadFile = func(path string) ([]byte, error) {
		b, err := env.ReadFile(path)
		if err == nil && fault.CheckUTF16(b) != nil {
			err = fmt.Errorf("%s %w", path, fault.CheckUTF16(b))
		}
		return b, err
	}
	root := a.root()
	root.SetArgs(append([]string{}, args...)) // nil would mean the arguments of the process
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return OK
	}
	if _, ok := errors.AsType[*failure](err); !ok && !a.began {
		err = &failure{code: Usage, text: parserWords(root, args, err)}
	}
	f := a.explain(ctx, err)
	if f.text != "" {
		fmt.Fprintf(env.Stderr, "curfew: %s\n", printable(f.text))
	}
	return f.code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "curfew",
		Short: "Privileged access on AWS for one task, removed automatically",
		Long: `Privileged access on AWS for one task, removed automatically.

A person logs in with curfew login, or has a bearer token in CURFEW_TOKEN.
Without either calls are signed with AWS credentials, found as the AWS CLI finds
them (AWS_PROFILE, SSO, roles): a machine calls as its role. curfew context
names several installations.

` + exitHelp,
		Example: `  curfew entitlements
  curfew request admin-30m \
      --principal arn:aws:iam::111122223333:role/engineer-deploy \
      --task change/CHG-1042 --reason "deployment is stuck" --for 30m \
      --param account=111122223333 --wait
  curfew status
  curfew show 01k6y3m1x8q2v4t6w8y0a2c4e6`,
		Version:           readBuildInfo().Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return a.checkGlobals(c.Annotations[moreOutput]) },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.endpoint, "endpoint", "", "address of the API (CURFEW_ENDPOINT; default "+defaultEndpoint+")")
	f.StringVar(&a.contextName, "context", "", "the installation to call, by the name that curfew context gave it")
	f.StringVarP(&a.output, "output", "o", "table", "table, wide (not cut, ids with names) or json")
	f.StringVar(&a.zoneName, "zone", "UTC", "time zone of the instants in tables, as Europe/Berlin or Local")
	f.DurationVar(&a.timeout, "timeout", 30*time.Second, "limit of one call; with --wait, run, resume and end-all of the whole wait, which has no limit if this is not given")
	// Help fits a terminal of 80 columns.
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages ", "FlagUsagesWrapped 80 "))
	root.SetVersionTemplate("curfew {{.Version}}\n")
	root.SetHelpCommand(a.helpCommand(root))
	root.DisableSuggestions = true // parserWords has them, on lines of their own
	complete(root, "output", "table", "wide", "json")
	// The only error is a missing flag, which a test would see.
	_ = root.RegisterFlagCompletionFunc("context", a.completeContext)
	root.AddCommand(
		a.meCommand(), a.entitlementsCommand(), a.tryCommand(), a.requestCommand(), a.renewCommand(), a.approveCommand(), a.denyCommand(), a.withdrawCommand(), a.delegateCommand(), a.delegationsCommand(),
		a.runCommand(), a.resumeCommand(), a.statusCommand(), a.listCommand(), a.showCommand(), a.endCommand(), a.heartbeatCommand(), a.acknowledgeCommand(), a.reviewsCommand(), a.reviewCommand(),
		a.evidenceCommand(), a.couldCommand(), a.findingsCommand(), a.campaignsCommand(), a.endAllCommand(), a.suspendCommand(), a.suspensionsCommand(), a.liftCommand(), a.accountsCommand(),
		a.catalogCommand(), a.onboardCommand(), a.preflightCommand(), a.doctorCommand(), a.trailCommand(), a.standingCommand(), a.rightsizeCommand(), a.logCommand(), a.auditCommand(), a.reportCommand(), a.verifyCommand(), a.proofCommand(), a.loginCommand(), a.logoutCommand(), a.contextCommand(), a.versionCommand(), a.completionCommand(root),
	)
	return root
}

// checkGlobals takes one more form of output; empty: the command has none.
func (a *app) checkGlobals(more string) error {
	if a.output != "table" && a.output != "wide" && a.output != "json" && (a.output != more || more == "") {
		return usage("--output %q: want table, wide%s or json", a.output, when(more != "", ", "+more))
	}
	if a.timeout <= 0 {
		return usage("--timeout %s: want more than 0", a.timeout)
	}
	zone, err := time.LoadLocation(a.zoneName)
	if err != nil {
		return usage("--zone %q: not a time zone; want a name such as Europe/Berlin, UTC or Local", a.zoneName)
	}
	a.zone = zone
	return nil
}

// command makes a command whose failures are not the parser's.
func (a *app) command(c *cobra.Command, run func(ctx context.Context, args []string) error) *cobra.Command {
	c.RunE = func(cmd *cobra.Command, args []string) error {
		a.began = true
		return run(cmd.Context(), args)
	}
	return c
}

// complete offers fixed words for a flag.
func complete(c *cobra.Command, flag string, words ...string) {
	// The only errors are a missing flag and a second call: a test completes each.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// requireFlags marks required flags.
func requireFlags(c *cobra.Command, flags ...string) {
	for _, f := range flags {
		_ = c.MarkFlagRequired(f) // the only error is a missing flag, which a test would see
	}
}
