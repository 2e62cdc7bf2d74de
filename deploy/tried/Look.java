import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What DBeaver does with a connection: TLS, the schemas, the views of one, their columns, queries, what is refused.
 *
 * java -cp /usr/share/java/postgresql.jar deploy/tried/Look.java, with PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD
 * and PGSSLROOTCERT in the environment.
 */
public class Look {
    public static void main(String[] arguments) throws Exception {
        var environment = System.getenv();
        var settings = new Properties();
        settings.setProperty("user", environment.get("PGUSER"));
        settings.setProperty("password", environment.get("PGPASSWORD"));
        settings.setProperty("sslmode", environment.getOrDefault("PGSSLMODE", "verify-full"));
        settings.setProperty("sslrootcert", environment.get("PGSSLROOTCERT"));
        settings.setProperty("readOnly", "true");
        var url = "jdbc:postgresql://%s:%s/%s".formatted(
                environment.get("PGHOST"), environment.get("PGPORT"), environment.get("PGDATABASE"));
        try (var connection = DriverManager.getConnection(url, settings)) {
            var meta = connection.getMetaData();
            var schema = connection.getSchema(); // from the search_path of the role
            System.out.println(meta.getDriverVersion() + " on " + meta.getDatabaseProductVersion() + ", " + schema);
            var types = new TreeMap<String, Integer>();
            try (var columns = meta.getColumns(null, schema, "targeting_bnba", "%")) {
                while (columns.next()) {
                    types.merge(columns.getString("TYPE_NAME"), 1, Integer::sum);
                    if (columns.getString("COLUMN_NAME").equals("haz")) {
                        System.out.println(columns.getString("REMARKS"));
                    }
                }
            }
            System.out.println(types);
            var sql = "SELECT count(*) FROM targeting_bnba WHERE gaps @> ARRAY[?::text] AND birth_date >= ?";
            try (var statement = connection.prepareStatement(sql)) {
                statement.setString(1, "G01_UKUR");
                statement.setObject(2, java.time.LocalDate.of(2024, 1, 1));
                try (var rows = statement.executeQuery()) {
                    rows.next();
                    System.out.println(rows.getInt(1) + " not weighed or measured, born in 2024 or later");
                }
            }
            for (var wrong : new String[] {"SELECT * FROM padan_pu.targeting_bnba", "DELETE FROM targeting_bnba"}) {
                try (var statement = connection.createStatement()) {
                    statement.execute(wrong);
                    System.out.println("NOT REFUSED: " + wrong);
                } catch (SQLException refused) {
                    System.out.println("refused: " + refused.getMessage().lines().findFirst().orElse(""));
                }
            }
        }
    }
}
