// Command release makes what people install: archives of the command line, the executables of the functions, a bill of
// materials, checksums, and their signature by a key of the releaser's.
//
//	go run ./scripts/release -version v0.1.0 -out DIR             makes it, from a commit without changes
//	go run ./scripts/release -version v0.1.0 -out DIR -key FILE   and signs it
//	go run ./scripts/release -version v0.1.0 -out DIR -verify     builds again in another folder with another cache, and compares every byte
//	go run ./scripts/release -check DIR -allowed-signers FILE     checks one that you received, and prints its version
//
// DIR must not exist; it appears when all in it is complete. The same commit, version and Go give the same bytes on every
// system: to check a release without trust in its key, make it yourself and compare SHA256SUMS.
//
// The key is an SSH key of type Ed25519: a file of mode 0600 outside the repository, or, with a passphrase or given by its
// .pub file, one that ssh-agent holds. The signature is of the format of ssh-keygen -Y, in the namespace curfew-release. So
// ssh-keygen checks it, too:
//
//	ssh-keygen -Y verify -f FILE -I NAME -n curfew-release -s SHA256SUMS.sig < SHA256SUMS
//	sha256sum -c SHA256SUMS
//
// FILE has lines of a name and a public key (ALLOWED SIGNERS in the manual of ssh-keygen). Get it from the releaser on
// another way than the release.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/mod/semver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	version, out, key, platforms string
	verify                       bool
	check, allowed, signer       string
}

// run is the command: 0 when all was made or is right, 1 when something failed, 2 for a wrong command line.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var o options
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.version, "version", "", "version of the release, as v0.1.0; with -check: the one that it must be (default: any)")
	flags.StringVar(&o.out, "out", "", "folder to make")
	flags.StringVar(&o.key, "key", "", "private key that signs, or the .pub file of one in ssh-agent")
	flags.StringVar(&o.platforms, "platforms", strings.Join(everyPlatform(), ","), "systems of the command line")
	flags.BoolVar(&o.verify, "verify", false, "build twice and compare")
	flags.StringVar(&o.check, "check", "", "folder of a release to check")
	flags.StringVar(&o.allowed, "allowed-signers", "", "with -check: the keys that you trust")
	flags.StringVar(&o.signer, "signer", "", "with -check: who must have signed (default: any of them)")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if wrong := o.wrong(flags.Args()); wrong != "" {
		fmt.Fprintf(errs, "release: %s\n", wrong)
		return 2
	}
	do := func() error { return release(ctx, o, out, errs) }
	if o.check != "" {
		do = func() error { return check(o, out) }
	}
	if err := do(); err != nil {
		fmt.Fprintf(errs, "release: %v\n", err)
		return 1
	}
	return 0
}

// wrong says what is wrong with the command line, and what to do.
func (o options) wrong(more []string) string {
	switch {
	case len(more) > 0:
		return fmt.Sprintf("%q is no flag: go run ./scripts/release -h lists them", more[0])
	case o.check != "" && (o.out != "" || o.key != "" || o.verify):
		return "-check takes only -allowed-signers, -signer and -version: it makes nothing"
	case o.check != "" && o.allowed == "":
		return "-check needs -allowed-signers, a file with the releaser's public key that you got on another way: a key from the release itself proves nothing"
	case o.check != "":
		return ""
	case o.allowed != "" || o.signer != "":
		return "-allowed-signers and -signer go with -check"
	case !semver.IsValid(o.version) || semver.Canonical(o.version) != o.version:
		return fmt.Sprintf("-version is %q: give a version such as v0.1.0 or v0.1.0-rc.1", o.version)
	case o.out == "":
		return "-out is missing: name the folder to make"
	}
	if _, err := parsePlatforms(o.platforms); err != nil {
		return err.Error()
	}
	return ""
}

// release makes the folder.
func release(ctx context.Context, o options, out, errs io.Writer) error {
	if err := absent(o.out); err != nil {
		return err
	}
	from, err := readSource(ctx, o.version)
	if err != nil {
		return err
	}
	var key signer // before the minutes of a build
	if o.key != "" {
		if key, err = loadSigner(o.key, from.root, os.Getenv); err != nil {
			return err
		}
	}
	platforms, _ := parsePlatforms(o.platforms) // checked
	fmt.Fprintf(out, "Curfew %s from %s, %d platforms\n", o.version, from.revision, len(platforms))
	files, err := assemble(ctx, compiled{from, o.version, errs, nil}, from, o.version, platforms, out)
	if err != nil {
		return err
	}
	if o.verify {
		if err := again(ctx, files, from, o.version, platforms, out, errs); err != nil {
			return err
		}
	}
	files[sumsFile] = writeSums(files)
	if key != nil {
		if files[signatureFile], err = sign(key, files[sumsFile]); err != nil {
			return err
		}
	}
	if err := writeFolder(o.out, files); err != nil {
		return err
	}
	if key == nil {
		fmt.Fprintf(out, "%s has %d files. It is not signed: give -key, or sign it with ssh-keygen -Y sign -f KEY -n %s %s/%s\n", o.out, len(files), namespace, o.out, sumsFile)
		return nil
	}
	fmt.Fprintf(out, "%s has %d files, signed by %s\n", o.out, len(files), key.fingerprint())
	return nil
}
