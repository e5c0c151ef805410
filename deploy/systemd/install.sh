#!/bin/sh
# Installs a release beside those that are there, on a plain server; nothing is restarted.
#   install.sh RELEASE     a folder that `make release` has made
# The units run what /opt/malha/current leads to; PREFIX is another place for all of it.
set -eu

release=$(cd "$1" && pwd)
prefix=${PREFIX:-/opt/malha}
wheel=$(ls "$release"/malha-*.whl)
version=$(basename "$release")
home=$prefix/releases/$version

if [ ! -e "$home/.complete" ]; then
    rm -rf "$home"
    mkdir -p "$prefix/releases"
    "${PYTHON:-python3}" -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        -r "$release/requirements.txt"
    "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index "$wheel"
    "$home/bin/pip" check --disable-pip-version-check
    mkdir -p "$home/share"
    cp -R "$release/deploy" "$release/docs" "$home/share/"
    touch "$home/.complete"
fi
# In one step: whoever starts now gets all of the old or all of the new.
ln -sfn "releases/$version" "$prefix/current.new"
mv -T "$prefix/current.new" "$prefix/current"
echo "$prefix/current is $version now"
