#!/bin/sh
# Starts nginx with the files of this folder, the templates filled in from the variables GATEWAY_*.
#   start.sh FOLDER     what nginx reads and writes is put there
set -eu

here=$(dirname "$0")
folder=$1
nginx=$(PATH="$PATH:/usr/sbin:/sbin" command -v nginx)
# Only these names: what nginx calls $host stays.
names=$(env | sed -n 's/^\(GATEWAY_[A-Z]*\)=.*/${\1}/p')

cp "$here"/*.conf "$folder/"
envsubst "$names" <"$here/upstreams.conf.template" >"$folder/upstreams.conf"
envsubst "$names" <"$here/${GATEWAY_SITE:-tls}.conf.template" >"$folder/site.conf"
exec "$nginx" -p "$folder" -c "$folder/nginx.conf"
