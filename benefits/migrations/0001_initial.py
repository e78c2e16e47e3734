import benefits.plans.models
import benefits.plans.rules.terms
import benefits.scim.rules.tokens
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.functions.text
import django.db.models.lookups
import workers.kernel.constraints
import workers.kernel.encryption
import workers.kernel.ids
import workers.kernel.lasting
import workers.kernel.periods
import workers.kernel.permissions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('role', models.CharField(choices=[('hr_admin', 'Hr Admin'), ('employee', 'Employee'), ('clinic_staff', 'Clinic Staff'), ('operator', 'Operator')], max_length=20)),
                ('employer_id', models.UUIDField(null=True)),
                ('member_id', models.UUIDField(null=True, unique=True)),
                ('clinic_id', models.UUIDField(null=True)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_once'), models.CheckConstraint(condition=models.Q(models.Q(('clinic_id', None), ('employer_id__isnull', False), ('member_id', None), ('role', 'hr_admin')), models.Q(('clinic_id', None), ('employer_id__isnull', False), ('member_id__isnull', False), ('role', 'employee')), models.Q(('clinic_id__isnull', False), ('employer_id', None), ('member_id', None), ('role', 'clinic_staff')), models.Q(('clinic_id', None), ('employer_id', None), ('member_id', None), ('role', 'operator')), _connector='OR'), name='user_tenant_fits_role'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'hr_admin'), _negated=True), ('permissions__contained_by', ['owner', 'people', 'billing']), _connector='OR'), name='user_hr_permissions_known'), models.CheckConstraint(condition=models.Q(('closed_at', None), models.Q(('email__endswith', '@closed.invalid'), ('is_active', False), ('role', 'employee')), _connector='OR'), name='user_closed_is_out'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='user_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='user_for_employee', role='act_employee', rows='id = {user}'), workers.kernel.constraints.RowAccess(grants='select (id, email, role, employer_id, member_id, clinic_id, permissions, is_active, created_at)', name='user_for_hr', role='act_hr', rows="role = 'hr_admin' AND employer_id = {employer}"), workers.kernel.constraints.RowAccess(grants='select', name='user_for_clinic', role='act_clinic', rows='id = {user}'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='user_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='user_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Employer',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=200, unique=True)),
                ('brake_percent', models.PositiveSmallIntegerField(db_default=5, default=5)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('brake_percent__lte', 50)), name='employer_brake_is_percent'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'employer is never deleted, and keeps its id' USING ERRCODE = 'restrict_violation';", kind='', name='employer_stays', on='BEFORE DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'employer is never deleted, and keeps its id' USING ERRCODE = 'restrict_violation';", kind='', name='employer_keeps_key', on='BEFORE UPDATE OF id ON {table} FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id)'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='employer_for_hr', role='act_hr', rows='id = {employer}'), workers.kernel.constraints.RowAccess(grants='select', name='employer_for_employee', role='act_employee', rows='id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, name, brake_percent)', name='employer_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='employer_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ChangeSet',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('door', models.CharField(choices=[('file', 'File'), ('x12', 'X12'), ('scim', 'Scim'), ('hris', 'Hris'), ('api', 'Api'), ('operator', 'Operator')], max_length=10)),
                ('kind', models.CharField(choices=[('full', 'Full'), ('changes', 'Changes')], max_length=10)),
                ('status', models.CharField(choices=[('reading', 'Reading'), ('staged', 'Staged'), ('applying', 'Applying'), ('applied', 'Applied'), ('undoing', 'Undoing'), ('undone', 'Undone'), ('discarded', 'Discarded'), ('failed', 'Failed')], default='staged', max_length=10)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('ends_absent', models.BooleanField(default=False)),
                ('skips_errors', models.BooleanField(default=False)),
                ('header', models.JSONField(default=list)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('error_count', models.PositiveIntegerField(default=0)),
                ('errors', models.JSONField(default=list)),
                ('diff', models.JSONField(default=dict)),
                ('refusal', models.JSONField(null=True)),
                ('bytes_total', models.PositiveBigIntegerField(default=0)),
                ('uploaded_by', models.UUIDField()),
                ('uploaded_at', models.DateTimeField()),
                ('applied_by', models.UUIDField(null=True)),
                ('applied_at', models.DateTimeField(null=True)),
                ('undone_by', models.UUIDField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(models.Q(('sha256', ''), _negated=True), models.Q(('status__in', ('undone', 'discarded', 'failed')), _negated=True)), fields=('employer', 'kind', 'ends_absent', 'sha256'), name='change_set_once'), models.UniqueConstraint(condition=models.Q(('status__in', ('applying', 'undoing'))), fields=('employer',), name='change_set_one_at_work'), models.UniqueConstraint(fields=('employer', 'id'), name='change_set_of_employer'), models.CheckConstraint(condition=models.Q(('ends_absent', False), ('kind', 'full'), _connector='OR'), name='change_set_absence_is_of_full_ones'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'applied'), _negated=True), models.Q(('applied_at__isnull', False), ('applied_by__isnull', False)), _connector='OR'), name='change_set_applied_by_somebody'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'change_set is never deleted, and keeps its employer_id and id' USING ERRCODE = 'restrict_violation';", kind='', name='change_set_stays', on='BEFORE DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'change_set is never deleted, and keeps its employer_id and id' USING ERRCODE = 'restrict_violation';", kind='', name='change_set_keeps_key', on='BEFORE UPDATE OF employer_id, id ON {table} FOR EACH ROW WHEN (OLD.employer_id IS DISTINCT FROM NEW.employer_id OR OLD.id IS DISTINCT FROM NEW.id)'), workers.kernel.constraints.Trigger(body="IF TG_OP = 'INSERT' THEN IF (NEW.status) NOT IN (('reading'), ('staged')) THEN RAISE EXCEPTION 'change_set does not begin as %', NEW.status USING ERRCODE = 'check_violation'; END IF; ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('applied', 'undoing'), ('applied', 'undone'), ('applying', 'applied'), ('applying', 'staged'), ('reading', 'failed'), ('reading', 'staged'), ('staged', 'applied'), ('staged', 'applying'), ('staged', 'discarded'), ('undoing', 'applied'), ('undoing', 'undone')) THEN RAISE EXCEPTION 'change_set does not move from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation'; END IF; RETURN NEW;", kind='', name='change_set_moves', on='BEFORE INSERT OR UPDATE OF status ON {table} FOR EACH ROW'), workers.kernel.permissions.Restriction(command='insert', name='change_set_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='change_set_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='change_set_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, status, skips_errors, header, rows, error_count, errors, diff, refusal, applied_by, applied_at, undone_by, undone_at)', name='change_set_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='change_set_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='AdminInvitation',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('made_by', models.UUIDField(null=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update (revoked_at)', name='admin_invitation_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (revoked_at)', name='admin_invitation_for_operator', role='act_operator', rows='true'), workers.kernel.permissions.Restriction(command='insert', name='admin_invitation_insert_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='admin_invitation_update_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='admin_invitation_delete_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))")],
            },
        ),
        migrations.CreateModel(
            name='EmployerChange',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('change', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField()),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('by_id', models.UUIDField(null=True)),
                ('by_role', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'indexes': [models.Index(fields=['employer', '-id'], name='employer_change_newest')],
                'constraints': [workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'employer_change is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='employer_change_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'employer_change is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='employer_change_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='insert', name='employer_change_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='employer_change_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='employer_change_for_operator', role='act_operator', rows='true'), workers.kernel.permissions.Restriction(command='insert', name='employer_change_insert_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='employer_change_update_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='employer_change_delete_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))")],
            },
        ),
        migrations.CreateModel(
            name='EmployerDomain',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('domain', models.CharField(max_length=253, unique=True)),
                ('added_by', models.UUIDField(null=True)),
                ('added_at', models.DateTimeField()),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='domains', to='benefits.employer')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('domain', django.db.models.functions.text.Lower(models.F('domain')))), name='employer_domain_in_lower_case'), workers.kernel.constraints.RowAccess(grants='select', name='employer_domain_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='employer_domain_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='employer_domain_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='IdentityClaim',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('said', workers.kernel.encryption.EncryptedJSONField()),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select (id, version), insert, update (version)', name='identity_claim_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version), delete', name='identity_claim_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('role', models.CharField(choices=[('hr_admin', 'Hr Admin'), ('employee', 'Employee'), ('clinic_staff', 'Clinic Staff'), ('operator', 'Operator')], max_length=20)),
                ('email', models.EmailField(max_length=254)),
                ('employer_id', models.UUIDField(null=True)),
                ('member_id', models.UUIDField(null=True)),
                ('clinic_id', models.UUIDField(null=True)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('clinic_id', None), ('employer_id__isnull', False), ('member_id', None), ('role', 'hr_admin')), models.Q(('clinic_id', None), ('employer_id__isnull', False), ('member_id__isnull', False), ('role', 'employee')), models.Q(('clinic_id__isnull', False), ('employer_id', None), ('member_id', None), ('role', 'clinic_staff')), models.Q(('clinic_id', None), ('employer_id', None), ('member_id', None), ('role', 'operator')), _connector='OR'), name='invitation_tenant_fits_role'), models.UniqueConstraint(condition=models.Q(('claimed_at', None), ('member_id__isnull', False), ('superseded_at', None)), fields=('member_id',), name='invitation_one_open_per_member'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, claimed_at, superseded_at)', name='invitation_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (superseded_at)', name='invitation_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, superseded_at)', name='invitation_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('employee_number', models.CharField(max_length=40)),
                ('first_name', models.CharField(max_length=100)),
                ('last_name', models.CharField(max_length=100)),
                ('date_of_birth', models.DateField()),
                ('address_line_1', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('address_line_2', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('city', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('postal_code', models.CharField(max_length=10)),
                ('state', models.CharField(max_length=2)),
                ('language', models.CharField(max_length=2)),
                ('timezone', models.CharField(max_length=40)),
                ('employee_class', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('work_location', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('relationship', models.CharField(choices=[('self', 'Self'), ('spouse', 'Spouse'), ('domestic_partner', 'Domestic Partner'), ('child', 'Child'), ('other', 'Other')], db_default='self', default='self', max_length=20)),
                ('hire_date', models.DateField()),
                ('end_date', models.DateField(null=True)),
                ('leave_starts_on', models.DateField(null=True)),
                ('date_of_death', models.DateField(null=True)),
                ('contact_hash', models.CharField(blank=True, max_length=64)),
                ('removed_at', models.DateTimeField(null=True)),
                ('employment_status', models.GeneratedField(db_persist=True, expression=models.Case(models.When(date_of_death__isnull=False, then=models.Value('deceased')), models.When(end_date__isnull=False, then=models.Value('ended')), models.When(leave_starts_on__isnull=False, then=models.Value('on_leave')), default=models.Value('active')), output_field=models.CharField(choices=[('active', 'Active'), ('on_leave', 'On Leave'), ('ended', 'Ended'), ('deceased', 'Deceased')], max_length=10))),
                ('sort_name', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(django.db.models.functions.text.Concat('last_name', models.Value(' '), 'first_name')), output_field=models.CharField(db_collation='C', max_length=201))),
                ('employer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
                ('merged_into', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.member')),
                ('subscriber', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dependants', to='benefits.member')),
            ],
            options={
                'indexes': [models.Index(fields=['employer', 'sort_name', 'id'], name='member_by_name'), models.Index(condition=models.Q(('employment_status__in', ('on_leave', 'ended', 'deceased'))), fields=['employer', 'employment_status', 'id'], name='member_by_status'), models.Index(condition=models.Q(('subscriber__isnull', False)), fields=['subscriber'], name='member_dependants')],
                'constraints': [models.UniqueConstraint(fields=('employer', 'employee_number'), name='member_number_once'), models.UniqueConstraint(fields=('employer', 'id'), name='member_of_employer'), models.CheckConstraint(condition=models.Q(('date_of_death', None), models.Q(('end_date__isnull', False), ('end_date__lte', models.F('date_of_death'))), _connector='OR'), name='member_death_ends_employment'), models.CheckConstraint(condition=models.Q(('leave_starts_on', None), ('end_date', None), _connector='OR'), name='member_leave_while_employed'), models.CheckConstraint(condition=models.Q(models.Q(('relationship', 'self'), ('subscriber', None)), models.Q(models.Q(('relationship', 'self'), _negated=True), models.Q(('subscriber', models.F('id')), _negated=True), ('subscriber__isnull', False)), _connector='OR'), name='member_dependant_has_subscriber'), models.CheckConstraint(condition=models.Q(('merged_into', None), models.Q(models.Q(('merged_into', models.F('id')), _negated=True), ('removed_at__isnull', False)), _connector='OR'), name='member_merged_is_removed'), workers.kernel.lasting.MovingKey(fields=('employer_id', 'subscriber_id'), name='member_of_subscriber', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.lasting.MovingKey(fields=('employer_id', 'merged_into_id'), name='member_merged_into_colleague', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.lasting.LastingKey(few=True, fields=('employer_id',), name='member_of_known_employer', to='benefits_employer', to_fields=('id',)), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'member is never deleted, and keeps its employer_id and id' USING ERRCODE = 'restrict_violation';", kind='', name='member_stays', on='BEFORE DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'member is never deleted, and keeps its employer_id and id' USING ERRCODE = 'restrict_violation';", kind='', name='member_keeps_key', on='BEFORE UPDATE OF employer_id, id ON {table} FOR EACH ROW WHEN (OLD.employer_id IS DISTINCT FROM NEW.employer_id OR OLD.id IS DISTINCT FROM NEW.id)'), workers.kernel.constraints.Trigger(body="\n    IF NEW.removed_at IS NULL OR NEW.merged_into_id IS NOT NULL OR NEW.employee_number <> NEW.id::text THEN\n        RAISE EXCEPTION 'member_number_stays: only who was undone gives a number up' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", kind='', name='member_number_stays', on='BEFORE UPDATE OF employee_number ON {table} FOR EACH ROW WHEN (OLD.employee_number <> NEW.employee_number)'), workers.kernel.constraints.Trigger(body="\nINSERT INTO benefits_memberchange (employer_id, member_id, subject, subject_id, door, reason, changed_by, role,\n    changed_at, change_set_id, before, after)\nSELECT fresh.employer_id, fresh.id, 'member', fresh.id, (SELECT nullif(current_setting('app.door', true), '')), (SELECT coalesce(current_setting('app.reason', true), '')), (SELECT nullif(current_setting('app.user', true), '')::uuid), current_user, (SELECT nullif(current_setting('app.changed_at', true), '')::timestamptz), (SELECT nullif(current_setting('app.change_set', true), '')::uuid), NULL, NULL FROM fresh; RETURN NULL;", kind='', name='member_added_history', on='AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="\nINSERT INTO benefits_memberchange (employer_id, member_id, subject, subject_id, door, reason, changed_by, role,\n    changed_at, change_set_id, before, after)\nSELECT fresh.employer_id, fresh.id, 'member', fresh.id, (SELECT nullif(current_setting('app.door', true), '')), (SELECT coalesce(current_setting('app.reason', true), '')), (SELECT nullif(current_setting('app.user', true), '')::uuid), current_user, (SELECT nullif(current_setting('app.changed_at', true), '')::timestamptz), (SELECT nullif(current_setting('app.change_set', true), '')::uuid), differing.before, differing.after FROM fresh JOIN gone ON gone.id = fresh.id CROSS JOIN LATERAL (\n    SELECT jsonb_object_agg(name, was) AS before, jsonb_object_agg(name, is_now) AS after\n    FROM (VALUES ('first_name', to_jsonb(gone.first_name), to_jsonb(fresh.first_name)), ('last_name', to_jsonb(gone.last_name), to_jsonb(fresh.last_name)), ('date_of_birth', to_jsonb(gone.date_of_birth), to_jsonb(fresh.date_of_birth)), ('address_line_1', to_jsonb(gone.address_line_1), to_jsonb(fresh.address_line_1)), ('address_line_2', to_jsonb(gone.address_line_2), to_jsonb(fresh.address_line_2)), ('city', to_jsonb(gone.city), to_jsonb(fresh.city)), ('postal_code', to_jsonb(gone.postal_code), to_jsonb(fresh.postal_code)), ('state', to_jsonb(gone.state), to_jsonb(fresh.state)), ('language', to_jsonb(gone.language), to_jsonb(fresh.language)), ('timezone', to_jsonb(gone.timezone), to_jsonb(fresh.timezone)), ('employee_class', to_jsonb(gone.employee_class), to_jsonb(fresh.employee_class)), ('work_location', to_jsonb(gone.work_location), to_jsonb(fresh.work_location)), ('relationship', to_jsonb(gone.relationship), to_jsonb(fresh.relationship)), ('hire_date', to_jsonb(gone.hire_date), to_jsonb(fresh.hire_date)), ('end_date', to_jsonb(gone.end_date), to_jsonb(fresh.end_date)), ('leave_starts_on', to_jsonb(gone.leave_starts_on), to_jsonb(fresh.leave_starts_on)), ('date_of_death', to_jsonb(gone.date_of_death), to_jsonb(fresh.date_of_death)), ('subscriber_id', to_jsonb(gone.subscriber_id), to_jsonb(fresh.subscriber_id)), ('contact_hash', to_jsonb(gone.contact_hash), to_jsonb(fresh.contact_hash)), ('removed_at', to_jsonb(gone.removed_at), to_jsonb(fresh.removed_at)), ('employee_number', to_jsonb(gone.employee_number), to_jsonb(fresh.employee_number)), ('merged_into_id', to_jsonb(gone.merged_into_id), to_jsonb(fresh.merged_into_id))) AS one (name, was, is_now) WHERE was IS DISTINCT FROM is_now\n) AS differing WHERE (gone.first_name, gone.last_name, gone.date_of_birth, gone.address_line_1, gone.address_line_2, gone.city, gone.postal_code, gone.state, gone.language, gone.timezone, gone.employee_class, gone.work_location, gone.relationship, gone.hire_date, gone.end_date, gone.leave_starts_on, gone.date_of_death, gone.subscriber_id, gone.contact_hash, gone.removed_at, gone.employee_number, gone.merged_into_id) IS DISTINCT FROM (fresh.first_name, fresh.last_name, fresh.date_of_birth, fresh.address_line_1, fresh.address_line_2, fresh.city, fresh.postal_code, fresh.state, fresh.language, fresh.timezone, fresh.employee_class, fresh.work_location, fresh.relationship, fresh.hire_date, fresh.end_date, fresh.leave_starts_on, fresh.date_of_death, fresh.subscriber_id, fresh.contact_hash, fresh.removed_at, fresh.employee_number, fresh.merged_into_id); RETURN NULL;", kind='', name='member_changed_history', on='AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT', settings='SET enable_nestloop = off'), workers.kernel.permissions.Restriction(command='insert', name='member_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='member_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='member_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, employee_number, first_name, last_name, date_of_birth, address_line_1, address_line_2, city, postal_code, state, language, timezone, employee_class, work_location, relationship, hire_date, end_date, leave_starts_on, date_of_death, subscriber_id, contact_hash, removed_at)', name='member_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select', name='member_for_employee', role='act_employee', rows='id = {member}'), workers.kernel.constraints.RowAccess(grants='select, update (version, removed_at, merged_into_id, subscriber_id)', name='member_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='member_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='LetterOrder',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('ordered_at', models.DateTimeField()),
                ('printed_at', models.DateTimeField(null=True)),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('printed_at', None)), fields=('employer_id', 'member'), name='letter_order_open_once'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'member_id'), name='letter_order_of_member', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.permissions.Restriction(command='insert', name='letter_order_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='letter_order_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='letter_order_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='insert', name='letter_order_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (printed_at)', name='letter_order_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('employer_id', models.UUIDField()),
                ('code_hash', models.CharField(max_length=64, unique=True)),
                ('printed_by', models.UUIDField(null=True)),
                ('printed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('claims', models.PositiveSmallIntegerField(default=0)),
                ('locked_at', models.DateTimeField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.member')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('locked_at', None), ('superseded_at', None)), fields=('employer_id', 'member'), name='letter_open_once'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('printed_at'))), name='letter_expires_later'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'member_id'), name='letter_of_member', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, superseded_at)', name='letter_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version, failures, claims, locked_at, superseded_at)', name='letter_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='MemberChange',
            fields=[
                ('number', models.BigIntegerField(db_default=0, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('member_id', models.UUIDField()),
                ('subject', models.CharField(max_length=10)),
                ('subject_id', models.UUIDField()),
                ('door', models.CharField(choices=[('file', 'File'), ('x12', 'X12'), ('scim', 'Scim'), ('hris', 'Hris'), ('api', 'Api'), ('operator', 'Operator')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('changed_by', models.UUIDField(null=True)),
                ('role', models.CharField(max_length=20)),
                ('changed_at', models.DateTimeField()),
                ('change_set_id', models.UUIDField(null=True)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['member_id', 'number'], name='member_change_of_member'), django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['change_set_id'], name='member_change_of_set')],
                'constraints': [workers.kernel.constraints.Numbered(column='number', name='member_change_number'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'member_change is append-only: a change is undone by another one' USING ERRCODE = 'restrict_violation';", kind='', name='member_change_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'member_change is append-only: a change is undone by another one' USING ERRCODE = 'restrict_violation';", kind='', name='member_change_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="IF pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'history is written by triggers alone' USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL;", kind='', name='member_change_by_trigger_only', on='BEFORE INSERT ON {table} FOR EACH STATEMENT'), workers.kernel.permissions.Restriction(command='insert', name='member_change_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='member_change_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='member_change_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert', name='member_change_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='member_change_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='member_change_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='MemberContact',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('created_at', models.DateTimeField()),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='benefits.member')),
            ],
            options={
                'constraints': [workers.kernel.lasting.LastingKey(fields=('employer_id', 'member_id'), name='contact_of_member', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.permissions.Restriction(command='insert', name='contact_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='contact_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='contact_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='insert', name='contact_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='contact_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('lineage_id', models.UUIDField()),
                ('revision', models.PositiveIntegerField(default=0)),
                ('status', models.CharField(default=benefits.plans.rules.terms.PlanStatus['DRAFT'], max_length=10)),
                ('name', models.CharField(max_length=200)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('years_from', models.DateField()),
                ('reset', models.CharField(default=benefits.plans.rules.terms.Reset['ANNIVERSARY'], max_length=20)),
                ('employer_share_percent', models.PositiveSmallIntegerField()),
                ('annual_cap_cents', models.PositiveBigIntegerField()),
                ('lifetime_cap_cents', models.PositiveBigIntegerField(null=True)),
                ('sessions_per_year', models.PositiveSmallIntegerField(null=True)),
                ('deductible_cents', models.PositiveBigIntegerField()),
                ('covered_routes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('covered_formats', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('waiting_days', models.PositiveSmallIntegerField()),
                ('run_out_days', models.PositiveSmallIntegerField()),
                ('covers_dependants', models.BooleanField(default=False)),
                ('priority', models.PositiveSmallIntegerField(default=100)),
                ('employee_classes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('work_locations', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('hired_from', models.DateField(null=True)),
                ('hired_until', models.DateField(null=True)),
                ('created_at', models.DateTimeField()),
                ('agreed_at', models.DateTimeField(null=True)),
                ('agreed_by', models.UUIDField(null=True)),
                ('declined_because', models.CharField(default='', max_length=500)),
                ('proposed_at', models.DateTimeField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('employer', 'id'), name='plan_of_employer'), models.CheckConstraint(condition=models.Q(('employer_share_percent__lte', 100)), name='plan_share_is_percent'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('starts_on'), '-', models.Value(1)), output_field=models.DateField())), _connector='OR'), name='plan_ends_after_start'), models.CheckConstraint(condition=models.Q(('lifetime_cap_cents', None), ('lifetime_cap_cents__gte', models.F('annual_cap_cents')), _connector='OR'), name='plan_lifetime_holds_a_year'), models.CheckConstraint(condition=models.Q(('reset__in', [benefits.plans.rules.terms.Reset['ANNIVERSARY'], benefits.plans.rules.terms.Reset['CALENDAR_YEAR'], benefits.plans.rules.terms.Reset['LIFETIME']])), name='plan_reset_known'), models.CheckConstraint(condition=models.Q(('priority__gte', 1)), name='plan_priority_from_one'), models.CheckConstraint(condition=models.Q(('hired_until__lt', models.F('hired_from')), _negated=True), name='plan_hired_in_order'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status', benefits.plans.rules.terms.PlanStatus['AGREED'])), ('agreed_at__isnull', False)), models.Q(models.Q(('status', benefits.plans.rules.terms.PlanStatus['AGREED']), _negated=True), ('agreed_at', None)), _connector='OR'), name='plan_agreed_at_a_time'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', benefits.plans.rules.terms.PlanStatus['AGREED'])), expressions=[('employer', '='), ('priority', '='), (benefits.plans.models.Period('starts_on', 'ends_on'), '&&')], name='plan_priority_once'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', benefits.plans.rules.terms.PlanStatus['AGREED'])), expressions=[('employer', '='), ('lineage_id', '='), (benefits.plans.models.Period('starts_on', 'ends_on'), '&&')], name='plan_version_once'), workers.kernel.constraints.Trigger(body="IF TG_OP = 'INSERT' THEN IF (NEW.status) NOT IN (('draft')) THEN RAISE EXCEPTION 'plan does not begin as %', NEW.status USING ERRCODE = 'check_violation'; END IF; ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('draft', 'agreed'), ('draft', 'discarded')) THEN RAISE EXCEPTION 'plan does not move from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation'; END IF; RETURN NEW;", kind='', name='plan_moves', on='BEFORE INSERT OR UPDATE OF status ON {table} FOR EACH ROW'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'plan is never deleted, and keeps its employer_id and id' USING ERRCODE = 'restrict_violation';", kind='', name='plan_stays', on='BEFORE DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'plan is never deleted, and keeps its employer_id and id' USING ERRCODE = 'restrict_violation';", kind='', name='plan_keeps_key', on='BEFORE UPDATE OF employer_id, id ON {table} FOR EACH ROW WHEN (OLD.employer_id IS DISTINCT FROM NEW.employer_id OR OLD.id IS DISTINCT FROM NEW.id)'), workers.kernel.constraints.Trigger(body="\n    IF OLD.status = 'draft' THEN RETURN NEW; END IF;\n    IF to_jsonb(NEW) - 'ends_on' - 'version' <> to_jsonb(OLD) - 'ends_on' - 'version' THEN\n        RAISE EXCEPTION 'plan_terms_stay: a plan that was agreed is never edited' USING ERRCODE = 'check_violation';\n    END IF;\n    IF coalesce(NEW.ends_on, 'infinity') > coalesce(OLD.ends_on, 'infinity') THEN\n        RAISE EXCEPTION 'plan_terms_stay: an agreed plan does not last longer' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", kind='', name='plan_terms_stay', on='BEFORE UPDATE ON {table} FOR EACH ROW'), workers.kernel.constraints.RowAccess(grants='select', name='plan_for_employee', role='act_employee', rows="employer_id = {employer} AND status = 'agreed'"), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='plan_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='plan_for_worker', role='act_worker', rows='true'), models.UniqueConstraint(condition=models.Q(('proposed_at__isnull', False), ('status', benefits.plans.rules.terms.PlanStatus['DRAFT'])), fields=('employer', 'lineage_id'), name='plan_proposed_once'), models.CheckConstraint(condition=models.Q(('declined_because', ''), models.Q(('proposed_at__isnull', False), ('status', benefits.plans.rules.terms.PlanStatus['DISCARDED'])), _connector='OR'), name='plan_declined_as_proposed'), workers.kernel.constraints.RowAccess(grants='select, insert, update (name, starts_on, ends_on, employer_share_percent, annual_cap_cents, lifetime_cap_cents, sessions_per_year, deductible_cents, reset, covered_routes, covered_formats, waiting_days, run_out_days, covers_dependants, priority, employee_classes, work_locations, hired_from, hired_until, years_from, revision, status)', name='plan_for_hr', role='act_hr', rows="employer_id = {employer} AND (status = 'agreed' OR proposed_at IS NOT NULL)"), workers.kernel.permissions.Restriction(command='insert', name='plan_insert_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='plan_update_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='plan_delete_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='plan_agreed_by_others', role='act_hr', rows="status <> 'agreed'")],
            },
        ),
        migrations.CreateModel(
            name='Enrollment',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('employer_id', models.UUIDField()),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrollments', to='benefits.member')),
                ('plan', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.plan')),
            ],
            options={
                'indexes': [models.Index(fields=['employer_id', 'member', 'starts_on'], include=('ends_on', 'plan'), name='enrollment_roster')],
                'constraints': [workers.kernel.periods.OneAtATime(first='starts_on', last='ends_on', name='enrollment_one_at_a_time', of='member_id', tenant='employer_id'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('starts_on'), '-', models.Value(1)), output_field=models.DateField())), _connector='OR'), name='enrollment_ends_after_start'), workers.kernel.lasting.LastingKey(fields=('employer_id', 'member_id'), name='enrollment_of_member', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.lasting.LastingKey(few=True, fields=('employer_id', 'plan_id'), name='enrollment_in_plan', to='benefits_plan', to_fields=('employer_id', 'id')), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'enrollment is never deleted, and keeps its id' USING ERRCODE = 'restrict_violation';", kind='', name='enrollment_stays', on='BEFORE DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'enrollment is never deleted, and keeps its id' USING ERRCODE = 'restrict_violation';", kind='', name='enrollment_keeps_key', on='BEFORE UPDATE OF id ON {table} FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id)'), workers.kernel.constraints.Trigger(body="\nINSERT INTO benefits_memberchange (employer_id, member_id, subject, subject_id, door, reason, changed_by, role,\n    changed_at, change_set_id, before, after)\nSELECT fresh.employer_id, fresh.member_id, 'cover', fresh.id, (SELECT nullif(current_setting('app.door', true), '')), (SELECT coalesce(current_setting('app.reason', true), '')), (SELECT nullif(current_setting('app.user', true), '')::uuid), current_user, (SELECT nullif(current_setting('app.changed_at', true), '')::timestamptz), (SELECT nullif(current_setting('app.change_set', true), '')::uuid), NULL, NULL FROM fresh; RETURN NULL;", kind='', name='cover_added_history', on='AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="\nINSERT INTO benefits_memberchange (employer_id, member_id, subject, subject_id, door, reason, changed_by, role,\n    changed_at, change_set_id, before, after)\nSELECT fresh.employer_id, fresh.member_id, 'cover', fresh.id, (SELECT nullif(current_setting('app.door', true), '')), (SELECT coalesce(current_setting('app.reason', true), '')), (SELECT nullif(current_setting('app.user', true), '')::uuid), current_user, (SELECT nullif(current_setting('app.changed_at', true), '')::timestamptz), (SELECT nullif(current_setting('app.change_set', true), '')::uuid), differing.before, differing.after FROM fresh JOIN gone ON gone.id = fresh.id CROSS JOIN LATERAL (\n    SELECT jsonb_object_agg(name, was) AS before, jsonb_object_agg(name, is_now) AS after\n    FROM (VALUES ('plan_id', to_jsonb(gone.plan_id), to_jsonb(fresh.plan_id)), ('starts_on', to_jsonb(gone.starts_on), to_jsonb(fresh.starts_on)), ('ends_on', to_jsonb(gone.ends_on), to_jsonb(fresh.ends_on))) AS one (name, was, is_now) WHERE was IS DISTINCT FROM is_now\n) AS differing WHERE (gone.plan_id, gone.starts_on, gone.ends_on) IS DISTINCT FROM (fresh.plan_id, fresh.starts_on, fresh.ends_on); RETURN NULL;", kind='', name='cover_changed_history', on='AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT', settings='SET enable_nestloop = off'), workers.kernel.permissions.Restriction(command='insert', name='enrollment_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='enrollment_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='enrollment_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, ends_on)', name='enrollment_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select', name='enrollment_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, ends_on)', name='enrollment_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='enrollment_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='PlanContribution',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('session_kind', models.CharField(max_length=20)),
                ('percent', models.PositiveSmallIntegerField(null=True)),
                ('fixed_cents', models.PositiveBigIntegerField(null=True)),
                ('annual_cap_cents', models.PositiveBigIntegerField(null=True)),
                ('sessions_per_year', models.PositiveSmallIntegerField(null=True)),
                ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='benefits.plan')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'session_kind'), name='contribution_kind_once'), models.CheckConstraint(condition=models.Q(('session_kind__in', ('consultation', 'preparation', 'dosing', 'integration', 'follow_up'))), name='contribution_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('fixed_cents', None), ('percent__isnull', False), ('percent__lte', 100)), models.Q(('fixed_cents__isnull', False), ('percent', None)), _connector='OR'), name='contribution_percent_or_fixed'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'plan_id'), name='contribution_of_plan', to='benefits_plan', to_fields=('employer_id', 'id')), workers.kernel.constraints.Trigger(body="\n    IF (SELECT status FROM benefits_plan WHERE id = NEW.plan_id) IS DISTINCT FROM 'draft' THEN\n        RAISE EXCEPTION 'contribution_of_draft: the plan is no draft' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", kind='', name='contribution_of_draft', on='BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW'), workers.kernel.constraints.Trigger(body="\n    IF (SELECT status FROM benefits_plan WHERE id = OLD.plan_id) IS DISTINCT FROM 'draft' THEN\n        RAISE EXCEPTION 'contribution_of_draft: the plan is no draft' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN OLD;\n", kind='', name='contribution_out_of_draft', on='BEFORE DELETE ON {table} FOR EACH ROW'), workers.kernel.constraints.RowAccess(grants='select', name='plan_contribution_for_employee', role='act_employee', rows='employer_id = {employer} AND EXISTS (SELECT FROM benefits_plan AS seen WHERE seen.id = plan_id)'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='plan_contribution_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='plan_contribution_for_worker', role='act_worker', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='plan_contribution_for_hr', role='act_hr', rows='employer_id = {employer} AND EXISTS (SELECT FROM benefits_plan AS seen WHERE seen.id = plan_id)'), workers.kernel.permissions.Restriction(command='insert', name='plan_contribution_insert_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='plan_contribution_update_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='plan_contribution_delete_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))")],
            },
        ),
        migrations.CreateModel(
            name='QuarterFigure',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('quarter', models.DateField()),
                ('reached', models.PositiveIntegerField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('employer', 'quarter'), name='quarter_figure_once'), models.CheckConstraint(condition=models.Q(('reached', None), models.Q(('reached__gt', 10), django.db.models.lookups.Exact(django.db.models.functions.math.Mod(models.F('reached'), 5), 0)), _connector='OR'), name='quarter_figure_is_coarse'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'quarter_figure is append-only: figures are settled once' USING ERRCODE = 'restrict_violation';", kind='', name='quarter_figure_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'quarter_figure is append-only: figures are settled once' USING ERRCODE = 'restrict_violation';", kind='', name='quarter_figure_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='quarter_figure_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='quarter_figure_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ScimToken',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=80)),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('hint', models.CharField(max_length=8)),
                ('created_by', models.UUIDField()),
                ('created_at', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'db_table': 'benefits_scim_token',
                'constraints': [models.UniqueConstraint(fields=('employer', 'id'), name='scim_token_of_employer'), workers.kernel.permissions.Restriction(command='insert', name='scim_token_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='scim_token_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='scim_token_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, update (last_used_at)', name='scim_token_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='insert, select (id, version, employer_id, name, hint, created_by, created_at, valid_until, revoked_at, last_used_at), update (version, valid_until, revoked_at)', name='scim_token_for_hr', role='act_hr', rows='employer_id = {employer}')],
            },
        ),
        migrations.CreateModel(
            name='ScimTokenChange',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('change', models.CharField(choices=[(benefits.scim.rules.tokens.Change['CREATED'], benefits.scim.rules.tokens.Change['CREATED']), (benefits.scim.rules.tokens.Change['ROTATED'], benefits.scim.rules.tokens.Change['ROTATED']), (benefits.scim.rules.tokens.Change['REVOKED'], benefits.scim.rules.tokens.Change['REVOKED'])], max_length=10)),
                ('by_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('token', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='benefits.scimtoken')),
            ],
            options={
                'db_table': 'benefits_scim_token_change',
                'constraints': [workers.kernel.constraints.TenantKey(fields=('employer_id', 'token_id'), name='scim_token_change_of_token', to='benefits_scim_token', to_fields=('employer_id', 'id')), models.CheckConstraint(condition=models.Q(('change__in', [benefits.scim.rules.tokens.Change['CREATED'], benefits.scim.rules.tokens.Change['ROTATED'], benefits.scim.rules.tokens.Change['REVOKED']])), name='scim_token_change_known'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'scim_token_change is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='scim_token_change_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'scim_token_change is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='scim_token_change_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.permissions.Restriction(command='insert', name='scim_token_change_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='scim_token_change_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='scim_token_change_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert', name='scim_token_change_for_hr', role='act_hr', rows='employer_id = {employer}')],
            },
        ),
        migrations.CreateModel(
            name='ScimUser',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('user_name', models.CharField(max_length=254)),
                ('external_id', models.CharField(blank=True, max_length=200)),
                ('work_email', models.CharField(blank=True, max_length=254)),
                ('home_email', models.CharField(blank=True, max_length=254)),
                ('address_type', models.CharField(max_length=20)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.member')),
            ],
            options={
                'db_table': 'benefits_scim_user',
                'indexes': [models.Index(fields=['employer', 'external_id'], name='scim_user_external'), models.Index(fields=['employer', 'id'], name='scim_user_list')],
                'constraints': [models.UniqueConstraint(models.F('employer'), django.db.models.functions.text.Upper('user_name'), condition=models.Q(('deleted_at', None)), name='scim_user_name_once'), models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('employer', 'member'), name='scim_user_once_per_member'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'member_id'), name='scim_user_is_member', to='benefits_member', to_fields=('employer_id', 'id')), workers.kernel.permissions.Restriction(command='insert', name='scim_user_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='scim_user_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='scim_user_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, user_name, external_id, work_email, home_email, address_type, changed_at, deleted_at)', name='scim_user_for_hr', role='act_hr', rows='employer_id = {employer}')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('user_id', models.UUIDField(db_index=True, null=True)),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update, delete', name='session_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select (user_id), delete', name='session_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='SignOn',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('protocol', models.CharField(choices=[('oidc', 'Oidc'), ('saml', 'Saml')], default='oidc', max_length=10)),
                ('issuer', models.CharField(max_length=300)),
                ('client_id', models.CharField(blank=True, max_length=200)),
                ('client_secret', workers.kernel.encryption.EncryptedJSONField()),
                ('sso_url', models.CharField(blank=True, max_length=500)),
                ('certificates', models.TextField(blank=True)),
                ('trusts_mfa', models.BooleanField(default=False)),
                ('is_required', models.BooleanField(default=False)),
                ('lifted_until', models.DateTimeField(null=True)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('changed_at', models.DateTimeField()),
                ('employer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'db_table': 'benefits_sign_on',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(models.Q(('client_id', ''), _negated=True), ('certificates', ''), ('protocol', 'oidc'), ('sso_url', '')), models.Q(models.Q(('sso_url', ''), _negated=True), models.Q(('certificates', ''), _negated=True), ('client_id', ''), ('protocol', 'saml')), _connector='OR'), name='sign_on_fits_protocol'), models.CheckConstraint(condition=models.Q(('lifted_until', None), ('is_required', True), _connector='OR'), name='sign_on_lifted_where_required'), workers.kernel.constraints.RowAccess(grants='select', name='sign_on_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select (id, employer_id, protocol, issuer, client_id, sso_url, certificates, trusts_mfa, is_required, lifted_until, revision, changed_at), insert, update (protocol, issuer, client_id, sso_url, certificates, trusts_mfa, is_required, lifted_until, revision, changed_at, client_secret), delete', name='sign_on_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select (id, employer_id, protocol, issuer, client_id, sso_url, certificates, trusts_mfa, is_required, lifted_until, revision, changed_at), update (lifted_until)', name='sign_on_for_operator', role='act_operator', rows='true'), workers.kernel.permissions.Restriction(command='insert', name='sign_on_insert_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='sign_on_update_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='sign_on_delete_by_hr', role='act_hr', rows="(SELECT 'owner' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))")],
            },
        ),
        migrations.CreateModel(
            name='SignOnIdentity',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('user_id', models.UUIDField()),
                ('protocol', models.CharField(choices=[('oidc', 'Oidc'), ('saml', 'Saml')], default='oidc', max_length=10)),
                ('issuer', models.CharField(max_length=300)),
                ('subject', models.CharField(max_length=255)),
                ('bound_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'benefits_sign_on_identity',
                'constraints': [models.UniqueConstraint(fields=('employer_id', 'protocol', 'issuer', 'subject'), name='sign_on_subject_once'), models.UniqueConstraint(fields=('employer_id', 'protocol', 'issuer', 'user_id'), name='sign_on_admin_once'), workers.kernel.constraints.RowAccess(grants='select, insert', name='sign_on_identity_for_auth', role='act_auth', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='StagedRow',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('enrollment_id', models.UUIDField(default=workers.kernel.ids.new_id)),
                ('employer_id', models.UUIDField()),
                ('row', models.PositiveIntegerField()),
                ('errors', models.JSONField(default=list)),
                ('refused', models.CharField(db_default='', default='', max_length=20)),
                ('cells', models.JSONField(null=True)),
                ('employee_number', models.CharField(max_length=40)),
                ('first_name', models.CharField(max_length=100)),
                ('last_name', models.CharField(max_length=100)),
                ('date_of_birth', models.DateField(null=True)),
                ('postal_code', models.CharField(max_length=10)),
                ('state', models.CharField(max_length=2)),
                ('language', models.CharField(max_length=2)),
                ('timezone', models.CharField(max_length=40)),
                ('hire_date', models.DateField(null=True)),
                ('end_date', models.DateField(null=True)),
                ('personal_email', models.CharField(max_length=254)),
                ('work_email', models.CharField(max_length=254)),
                ('address_line_1', models.CharField(max_length=100)),
                ('address_line_2', models.CharField(max_length=100)),
                ('city', models.CharField(max_length=60)),
                ('employee_class', models.CharField(max_length=60)),
                ('work_location', models.CharField(max_length=60)),
                ('relationship', models.CharField(max_length=20)),
                ('subscriber_number', models.CharField(max_length=40)),
                ('leave_starts_on', models.DateField(null=True)),
                ('date_of_death', models.DateField(null=True)),
                ('cover_from', models.DateField(null=True)),
                ('contact_hash', models.CharField(max_length=64)),
                ('change_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='benefits.changeset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('employer_id', 'change_set', 'row'), name='staged_row_once'), workers.kernel.lasting.LastingKey(few=True, fields=('employer_id', 'change_set_id'), name='staged_row_of_change_set', to='benefits_changeset', to_fields=('employer_id', 'id')), workers.kernel.permissions.Restriction(command='insert', name='staged_row_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='staged_row_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='staged_row_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, update (errors, refused), delete', name='staged_row_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, update (errors), delete', name='staged_row_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='UploadedPart',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('number', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('change_set', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='benefits.changeset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('employer_id', 'change_set', 'number'), name='uploaded_part_once'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'change_set_id'), name='uploaded_part_of_change_set', to='benefits_changeset', to_fields=('employer_id', 'id')), workers.kernel.permissions.Restriction(command='insert', name='uploaded_part_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='uploaded_part_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='uploaded_part_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='uploaded_part_for_hr', role='act_hr', rows='employer_id = {employer}')],
            },
        ),
        migrations.CreateModel(
            name='X12File',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('employer_id', models.UUIDField()),
                ('action', models.CharField(choices=[('2', '2'), ('4', '4'), ('RX', 'RX')], max_length=2)),
                ('interchange', models.CharField(max_length=20)),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('is_only_compared', models.BooleanField(default=False)),
                ('place', models.JSONField(default=dict)),
                ('context', models.JSONField(default=dict)),
                ('verdict', models.CharField(blank=True, choices=[('A', 'Accepted'), ('E', 'Accepted With Errors'), ('P', 'Partly Accepted'), ('R', 'Rejected')], max_length=1)),
                ('acknowledgment', models.TextField(blank=True)),
                ('change_set', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.changeset')),
            ],
            options={
                'db_table': 'benefits_x12_file',
                'constraints': [workers.kernel.constraints.TenantKey(fields=('employer_id', 'change_set_id'), name='x12_file_of_change_set', to='benefits_changeset', to_fields=('employer_id', 'id')), models.CheckConstraint(condition=models.Q(('action__in', ('2', '4', 'RX'))), name='x12_file_action'), models.CheckConstraint(condition=models.Q(models.Q(('acknowledgment', ''), ('verdict', '')), models.Q(models.Q(('verdict', ''), _negated=True), models.Q(('acknowledgment', ''), _negated=True)), _connector='OR'), name='x12_file_verdict_with_answer'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, place, context, verdict, acknowledgment)', name='x12_file_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='x12_file_for_worker', role='act_worker', rows='true'), workers.kernel.permissions.Restriction(command='insert', name='x12_file_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='x12_file_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='x12_file_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), models.UniqueConstraint(fields=('employer_id', 'id'), name='x12_file_of_employer')],
            },
        ),
        migrations.CreateModel(
            name='X12Portion',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('number', models.PositiveIntegerField()),
                ('faults', models.JSONField(default=list)),
                ('file', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='portions', to='benefits.x12file')),
            ],
            options={
                'db_table': 'benefits_x12_portion',
                'constraints': [models.UniqueConstraint(fields=('employer_id', 'file', 'number'), name='x12_portion_once'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'file_id'), name='x12_portion_of_file', to='benefits_x12_file', to_fields=('employer_id', 'id')), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='x12_portion_for_hr', role='act_hr', rows='employer_id = {employer}'), workers.kernel.permissions.Restriction(command='insert', name='x12_portion_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='x12_portion_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='x12_portion_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))")],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('employer_id', models.UUIDField()),
                ('approved_by', models.UUIDField()),
                ('approved_at', models.DateTimeField()),
                ('absent', models.PositiveIntegerField()),
                ('change_set', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='benefits.changeset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('employer_id', 'change_set', 'approved_by', 'absent'), name='approval_once'), workers.kernel.constraints.TenantKey(fields=('employer_id', 'change_set_id'), name='approval_of_change_set', to='benefits_changeset', to_fields=('employer_id', 'id')), workers.kernel.permissions.Restriction(command='insert', name='approval_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='approval_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='approval_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert', name='approval_for_hr', role='act_hr', rows='employer_id = {employer}')],
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('columns', models.JSONField(default=dict)),
                ('changed_by', models.UUIDField()),
                ('changed_at', models.DateTimeField()),
                ('employer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benefits.employer')),
            ],
            options={
                'constraints': [workers.kernel.permissions.Restriction(command='insert', name='column_mapping_insert_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='update', name='column_mapping_update_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.permissions.Restriction(command='delete', name='column_mapping_delete_by_hr', role='act_hr', rows="(SELECT 'people' = ANY (string_to_array(coalesce(current_setting('app.permissions', true), ''), ',')))"), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, columns, changed_by, changed_at)', name='column_mapping_for_hr', role='act_hr', rows='employer_id = {employer}')],
            },
        ),
    ]
