#!/usr/bin/env bash
# A throw-away Ceph RADOS Gateway of one node: a real S3 server on loopback whose objects are in memory.
#   radosgw.sh start DIRECTORY PORT OWNER   returns when http://127.0.0.1:PORT answers, after about 12 s; everything is
#                                           stopped and DIRECTORY removed as soon as process OWNER is gone
#   radosgw.sh stop DIRECTORY               stops it at once and removes DIRECTORY
# Needs the packages radosgw, ceph-mon and ceph-osd, and the ports PORT, PORT+1 and PORT+2. Two users: access key "test"
# with secret "testsecret", and "other" with "othersecret". "test" may assume the role "uploads" (STS), for no less than two
# seconds. Virtual-host style: BUCKET.s3.test, resolved by the client. Encrypts with the key "acme" (SSE-KMS).
set -euo pipefail
command=$1 directory=$2

stop() {
  for file in "$directory"/pid/*; do
    # A pid may have been given to a stranger since.
    if [ -f "$file" ] && grep -qF "$directory/" "/proc/$(cat "$file")/cmdline" 2> /dev/null; then
      kill -KILL "$(cat "$file")" 2> /dev/null || true
    fi
  done
  rm -rf "$directory"
}

watch() {
  while kill -0 "$1" 2> /dev/null && [ -d "$directory" ]; do sleep 1; done
  stop
}

case $command in
  stop) stop; exit ;;
  watch) watch "$3"; exit ;;
esac

port=$3 owner=$4 conf="-c $directory/ceph.conf"
mkdir -p "$directory"/{mon,osd,mgr,log,run,rgw,pid}
monitor="[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]"
fsid=$(cat /proc/sys/kernel/random/uuid) osd=$(cat /proc/sys/kernel/random/uuid)
cat > "$directory/ceph.conf" << CONF
[global]
fsid = $fsid
mon_host = $monitor
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = true
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 8589934592
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_dns_name = s3.test
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = acme=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
rgw_s3_auth_use_sts = true
# The error of the last one that is there is told: wrong keys are called so.
rgw_s3_auth_order = sts, local, external
rgw_sts_key = filefield-of-sts
rgw_sts_min_session_duration = 2
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 5
run_dir = $directory/run
admin_socket = $directory/run/\$name.asok
log_file = $directory/log/\$name.log
keyring = $directory/keyring
mon_data = $directory/mon
osd_data = $directory/osd
mgr_data = $directory/mgr
rgw_data = $directory/rgw
CONF

background() {
  local name=$1
  shift
  setsid "$@" > "$directory/log/$name.out" 2>&1 < /dev/null &
  echo $! > "$directory/pid/$name"
}

setsid "$0" watch "$directory" "$owner" > /dev/null 2>&1 < /dev/null &
ceph-authtool --create-keyring "$directory/keyring" --gen-key -n mon. --cap mon 'allow *' > /dev/null
for who in client.admin osd.0; do
  ceph-authtool "$directory/keyring" --gen-key -n $who --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' > /dev/null
done
monmaptool --create --fsid "$fsid" --addv a "$monitor" "$directory/monmap" > /dev/null
ceph-mon $conf -i a --mkfs --monmap "$directory/monmap" --keyring "$directory/keyring"
background mon ceph-mon $conf -i a -f
timeout 60 ceph $conf osd new "$osd" > /dev/null
ceph $conf auth add osd.0 -i "$directory/keyring" > /dev/null 2>&1
ceph-osd $conf -i 0 --mkfs --osd-uuid "$osd" > /dev/null 2>&1
background osd ceph-osd $conf -i 0 -f
background rgw radosgw $conf -n client.admin -f
for _ in $(seq 240); do
  curl -fs "http://127.0.0.1:$port" > /dev/null && break
  sleep 0.25
done
admin() { radosgw-admin $conf "$@" > /dev/null 2>&1; }
user() { admin user create "--uid=$1" "--display-name=$1" "--access-key=$1" "--secret-key=$2"; }
user test testsecret
user other othersecret
admin role create --role-name=uploads --assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/test"]},"Action":["sts:AssumeRole"]}]}'
admin role-policy put --role-name=uploads --policy-name=all --policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"]}]}'
curl -fs "http://127.0.0.1:$port" > /dev/null
