#!/bin/sh
# Builds Gitea into a folder, from its Go module, with the templates beside it
# and without its stylesheets and scripts: pages are plain, but they work. The
# tests use it; people take a release from https://about.gitea.com.
# The first time, it takes some minutes. Usage: build.sh FOLDER
set -eu
version=v1.26.0
mkdir -p "$1"
folder=$(cd "$1" && pwd)
go mod download "code.gitea.io/gitea@$version"
source=$(go env GOMODCACHE)/code.gitea.io/gitea@$version
# Not "go install": it refuses a module that replaces others.
install -m 644 "$source/go.mod" "$source/go.sum" "$folder"
go build -C "$source" -mod=mod -modfile="$folder/go.mod" -tags "sqlite sqlite_unlock_notify" -o "$folder/gitea" .
for part in templates options public; do
	ln -sfn "$source/$part" "$folder/$part"
done
