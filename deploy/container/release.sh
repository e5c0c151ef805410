#!/bin/sh
# Makes a release of this checkout: release.sh FOLDER. The wheel, the packages that it was tested with, what
# deploys it, what explains it.
set -eu

cd "$(dirname "$0")/../.."
folder=$1
python=${PYTHON:-.venv/bin/python}
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
release=$folder/malha-$version-$commit

rm -rf "$release"
mkdir -p "$release"
# In a copy: setuptools would take what an earlier build left in build/ into the wheel.
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cp -R pyproject.toml README.md services shared deploy "$source/"
find "$source" -name __pycache__ -prune -exec rm -rf {} +
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w "$release" "$source"
cp requirements.txt CHANGELOG.md "$release/"
cp -R docs "$release/docs"
mkdir "$release/deploy"
for part in compose.yaml container gateway grafana postgres prometheus rabbitmq systemd; do
    cp -R "deploy/$part" "$release/deploy/"
done
find "$release" -name __pycache__ -prune -exec rm -rf {} +
echo "$release"
