package caddyauth

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/caddy-okta/caddy-okta/caddyauth/seal"
)

// keygenCommand prints a key.
func keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen",
		Short: "Makes a key that seals cookies",
		Long: `
Makes a key for the subdirective "key": 32 random bytes in base64, on a line of
its own. Nothing is stored, and no two are alike. Keep it like a password; give
the same one to all replicas.

A key is changed without anybody noticing in three steps, each on all replicas:
put the new key behind the old one, then in front of it, and take the old one
away when the sessions that it sealed have ended (after "lifetime", 12 hours by
default). With one replica the first step is not needed. Taking a key away at
once signs everybody out whose session it sealed.`,
		Example: `  $ caddy okta-auth keygen
  $ OKTA_AUTH_KEY=$(caddy okta-auth keygen) caddy run

  In the Caddyfile:
  okta_auth {
    key {env.OKTA_AUTH_KEY}
  }

  While it is being changed, the newest first:
    key {env.OKTA_AUTH_KEY} {env.OKTA_AUTH_OLD_KEY}`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), seal.Generate())
			return err
		},
	}
}
