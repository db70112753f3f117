{{/* The application's configuration, docs/configuration.md. */}}
{{- define "fintech.toml" -}}
{{ toToml .Values.config }}
{{- end -}}

{{/* Dagster's instance: where runs go, who looks after them, what is kept. */}}
{{- define "fintech.dagster" -}}
{{- $name := include "fintech.name" . -}}
storage:
  custom:
    module: fintech_pipeline.orchestration.instance
    class: ConfiguredStorage

run_launcher:
  # Dagster's K8sRunLauncher, that a silent Kubernetes API does no harm.
  module: fintech_pipeline.orchestration.job_launcher
  class: PatientRunLauncher
  config:
    load_incluster_config: true
    job_namespace: {{ .Release.Namespace | quote }}
    service_account_name: {{ $name }}-run
    # Asked for, never mounted: a run brings all it needs of the instance in its arguments.
    instance_config_map: {{ $name }}-dagster
    image_pull_policy: {{ .Values.image.pullPolicy }}
    {{- with .Values.image.pullSecrets }}
    image_pull_secrets:
      {{- range . }}
      - name: {{ . | quote }}
      {{- end }}
    {{- end }}
    run_k8s_config:
      # Not the release's own label: Argo CD takes what carries it for a part of the release that the
      # chart no longer has, and deletes it.
      job_metadata:
        labels:
          app.kubernetes.io/name: {{ .Chart.Name }}
          app.kubernetes.io/instance: {{ printf "%s-runs" .Release.Name | quote }}
          app.kubernetes.io/part-of: {{ .Release.Name | quote }}
          app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
      job_spec_config:
        ttl_seconds_after_finished: {{ int64 .Values.runs.keepSeconds }}
        active_deadline_seconds: {{ int64 .Values.runs.deadlineSeconds }}
        # Dagster tries a dead run once more; Kubernetes must not do it as well.
        backoff_limit: 0
      pod_template_spec_metadata:
        labels:
          app.kubernetes.io/name: {{ .Chart.Name }}
          app.kubernetes.io/instance: {{ .Release.Name | quote }}
          app.kubernetes.io/component: run
          app.kubernetes.io/part-of: {{ .Release.Name | quote }}
          app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
          {{- include "fintech.meshLabels" (dict "root" .) | nindent 10 }}
        {{- with include "fintech.meshAnnotations" . }}
        annotations: {{- . | nindent 10 }}
        {{- end }}
      pod_spec_config:
        {{- include "fintech.pod" (dict "root" . "account" (printf "%s-run" $name) "token" (eq .Values.config.pipeline.executor "kubernetes_jobs")) | nindent 8 }}
        volumes: {{- include "fintech.runVolumes" . | nindent 10 }}
      container_config:
        env: {{- include "fintech.runEnv" . | nindent 10 }}
        volumeMounts: {{- include "fintech.runMounts" . | nindent 10 }}
        resources: {{- toYaml .Values.runs.resources | nindent 10 }}
        securityContext: {{- include "fintech.containerSecurity" . | nindent 10 }}

run_monitoring:
  enabled: true
  poll_interval_seconds: {{ int64 .Values.runs.pollSeconds }}
  start_timeout_seconds: {{ int64 .Values.runs.startTimeoutSeconds }}
  cancel_timeout_seconds: {{ int64 .Values.runs.cancelTimeoutSeconds }}
  # Should Kubernetes not tell of a run whose Job it has ended.
  max_runtime_seconds: {{ add (int64 .Values.runs.deadlineSeconds) (int64 .Values.runs.startTimeoutSeconds) 60 }}
  # A run begins again from its start: what it had committed stays, what it had not is undone.
  max_resume_run_attempts: 0
  free_slots_after_run_end_seconds: 60

# Once more where the pod died, never where a step failed: that one would fail again.
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false

# A tick waits for nobody: the advisory locks decide who works on a day. Backfills go one at a time.
concurrency:
  runs:
    max_concurrent_runs: {{ int64 .Values.runs.maxConcurrent }}
    tag_concurrency_limits:
      - key: dagster/backfill
        limit: 1
      - key: fintech/backfill
        limit: 1
      - key: fintech/review
        limit: 1

schedules:
  use_threads: true
  num_workers: 2
sensors:
  use_threads: true
  num_workers: 2

# What a run prints stands in `kubectl logs`.
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# A sensor looks every five seconds: that it found nothing is soon of no interest.
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 2
      started: 90
      success: 90
      failure: 90

# What our own code logs in a step stands in the page of its run as well.
python_logs:
  managed_python_loggers: [fintech]
  python_log_level: DEBUG

telemetry:
  enabled: false
nux:
  enabled: false
{{- end -}}

{{- define "fintech.workspace" -}}
load_from:
  - grpc_server:
      host: {{ include "fintech.host" (dict "root" . "component" "code") }}
      port: 4000
      location_name: fintech
{{- end -}}

{{/* Makes the cluster of the database beside its place and renames it: a kill leaves no half. */}}
{{- define "fintech.initialise" -}}
set -eu
if [ -s "$PGDATA/PG_VERSION" ]; then exit 0; fi
draft="$PGDATA.draft"
rm -rf "$draft"
initdb --pgdata "$draft" --username postgres --encoding UTF8 --locale C.UTF-8 \
  --auth-local trust --auth-host scram-sha-256
# The superuser has no password, so it cannot log in over the network.
echo "host all all all scram-sha-256" >> "$draft/pg_hba.conf"
case "$FINTECH_PASSWORD" in
"" | *"
"*)
  echo "The password in the Secret is empty or has more than one line; make it with printf, not echo." >&2
  exit 1
  ;;
esac
quoted=$(printf %s "$FINTECH_PASSWORD" | sed "s/'/''/g")
postgres --single -D "$draft" postgres > /dev/null <<SQL
CREATE ROLE fintech LOGIN PASSWORD '$quoted'
CREATE DATABASE fintech OWNER fintech
SQL
# A server in this mode ends well also where a statement failed.
echo "SELECT 'owner ' || pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'fintech'" \
  | postgres --single -D "$draft" postgres | grep -q "owner fintech"
sync
mv -T "$draft" "$PGDATA"
{{- end -}}
