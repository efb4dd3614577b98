package main

import (
	"fmt"
	"slices"
	"strings"
)

// platform is a system and a processor that the command line is built for.
type platform struct{ goos, arch string }

func (p platform) String() string { return p.goos + "/" + p.arch }

// lambdaArch is the architecture that infra deploys.
const lambdaArch = "arm64"

func everyPlatform() []string {
	return []string{"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64"}
}

func parsePlatforms(text string) ([]platform, error) {
	var all []platform
	for one := range strings.SplitSeq(text, ",") {
		goos, arch, _ := strings.Cut(one, "/")
		if !slices.Contains(everyPlatform(), one) || slices.Contains(all, platform{goos, arch}) {
			return nil, fmt.Errorf("-platforms has %q: give some of %s, each once", one, strings.Join(everyPlatform(), ","))
		}
		all = append(all, platform{goos, arch})
	}
	return all, nil
}
