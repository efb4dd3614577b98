package compare

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Oracle is another program. It reads one case a line and answers one line each.
type Oracle struct {
	dir     string
	command []string
}

// NPM installs packages, each name@version, and runs driver, an ECMAScript module, beside them.
func NPM(ctx context.Context, driver []byte, packages ...string) (Oracle, error) {
	dir, err := cached(strings.Join(packages, " "), func(dir string) *exec.Cmd {
		return exec.CommandContext(ctx, "npm", append([]string{"i", "--silent", "--no-audit", "--no-fund", "--prefix", dir}, packages...)...)
	})
	if err != nil {
		return Oracle{}, err
	}
	// node looks for packages from the folder of a module.
	name := filepath.Join(dir, "driver.mjs")
	return Oracle{dir, []string{"node", name}}, os.WriteFile(name, driver, 0o600)
}

// Moto runs driver, a Python program. It uses the moto of python3, or installs one into the cache.
func Moto(ctx context.Context, driver []byte) (Oracle, error) {
	const version = "5.2.1"
	o := Oracle{command: []string{"python3", "-c", string(driver)}}
	has := exec.CommandContext(ctx, "python3", "-c", "import moto.events.models, moto.stepfunctions.parser.asl.parse.asl_parser, moto; assert moto.__version__ == '"+version+"'")
	if has.Run() == nil {
		return o, nil
	}
	dir, err := cached("moto@"+version, func(dir string) *exec.Cmd {
		return exec.CommandContext(ctx, "sh", "-c", `python3 -m venv "$1" && "$1/bin/python3" -m pip install --quiet "$2"`, "sh", dir, "moto[events,stepfunctions]=="+version)
	})
	o.command[0] = filepath.Join(dir, "bin", "python3")
	return o, err
}

// cached returns a folder of the cache that was installed whole.
func cached(what string, install func(dir string) *exec.Cmd) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "curfew", "compare-"+strings.NewReplacer("/", "-", " ", "-").Replace(what))
	done := filepath.Join(dir, ".installed")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if out, err := install(dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("installing %s: %w\n%s", what, err, out)
	}
	return dir, os.WriteFile(done, nil, 0o600)
}

// ask runs the program over all cases, in one process.
func ask[C any](ctx context.Context, o Oracle, cases []C) ([]string, error) {
	var in bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, c := range cases {
		if err := encoder.Encode(c); err != nil {
			return nil, err
		}
	}
	program := exec.CommandContext(ctx, o.command[0], o.command[1:]...)
	program.Dir, program.Stdin, program.Stderr = o.dir, &in, os.Stderr
	out, err := program.Output()
	if err != nil {
		return nil, fmt.Errorf("running the other program: %w", err)
	}
	var all []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		all = append(all, lines.Text())
	}
	if len(all) != len(cases) {
		return nil, fmt.Errorf("the other program answered %d of %d cases", len(all), len(cases))
	}
	return all, lines.Err()
}
