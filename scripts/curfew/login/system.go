package login

import (
	"os/exec"
	"runtime"

	"github.com/zalando/go-keyring"
)

// SystemKeyring is that of macOS, Windows, or a desktop with the Secret Service.
type SystemKeyring struct{}

var _ Keyring = SystemKeyring{}

// ErrNotInKeyring is of [Keyring.Get]: the keyring was read.
var ErrNotInKeyring = keyring.ErrNotFound

// Set is [Keyring.Set].
func (SystemKeyring) Set(service, user, secret string) error {
	return keyring.Set(service, user, secret)
}

// Get is [Keyring.Get].
func (SystemKeyring) Get(service, user string) (string, error) { return keyring.Get(service, user) }

// Delete is [Keyring.Delete].
func (SystemKeyring) Delete(service, user string) error { return keyring.Delete(service, user) }

// OpenBrowser opens an address that [SafeURL] took, without a shell. False: this machine has no screen, as far as the environment
// tells.
func OpenBrowser(address string, getenv func(string) string) bool {
	if SafeURL(address) != nil {
		return false
	}
	var c *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		c = exec.Command("open", address)
	case "windows":
		c = exec.Command("rundll32", "url.dll,FileProtocolHandler", address)
	default:
		c = exec.Command("xdg-open", address)
	}
	if !HasScreen(getenv) || c.Start() != nil {
		return false
	}
	go func() { _ = c.Wait() }()
	return true
}

// HasScreen reports whether a browser can be opened here: not over SSH, and not without a display.
func HasScreen(getenv func(string) string) bool {
	if getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "" {
		return false
	}
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin" || getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}
